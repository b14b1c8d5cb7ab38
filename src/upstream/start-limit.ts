// How long may a server take from its start to the end of its handshake? As long as its definition says, all tries together,
// and longer by as much as this process itself was too busy to listen.
import { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Cancel, World } from "#lib/world.ts";

export interface StartLimit {
  /** Aborts with the caller's signal, or when the time is up. */
  readonly signal: AbortSignal;
  /** Why it ended, when that was the limit. */
  fault(): Fault | undefined;
  /** To be called once the handshake has succeeded or failed. */
  end(): void;
}

export function limitStart(
  { name, health }: Pick<UpstreamDefinition, "name" | "health">,
  { world, signal }: { world: World; signal: AbortSignal },
): StartLimit {
  const control = new AbortController();
  const startedAt = world.now();
  let late: Fault | undefined;
  const leave = (): void => control.abort(signal.reason);
  const giveUp = (): void => {
    late = tooSlow(name, health.startTimeoutMs);
    control.abort(late);
  };
  const judge = (): void => {
    const stalledMs = world.stalledMs(startedAt);
    if (stalledMs === 0) giveUp();
    else cancel = world.after(stalledMs, giveUp);
  };
  let cancel: Cancel = world.after(health.startTimeoutMs, judge);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  return {
    signal: control.signal,
    fault: () => late,
    end() {
      cancel();
      signal.removeEventListener("abort", leave);
    },
  };
}

const tooSlow = (server: string, limitMs: number): Fault =>
  new Fault(
    "UPSTREAM_UNAVAILABLE",
    `${server} could not be reached: it did not finish its handshake within ${limitMs / 1000} s. It is tried again.`,
    { server },
  );
