// Does the server at the other end still live, and is it still the one that this link was made with?
import { Fault } from "#contract/fault.ts";
import type { Era } from "#contract/upstream.ts";
import type { JsonObject } from "#lib/json.ts";
import type { Cancel, World } from "#lib/world.ts";
import { STALL_EXCUSES_MS, STALL_RECENT_MS } from "#policy/verdict.ts";
import { RpcError } from "./rpc-error.ts";

/** How long to listen after a stall, in milliseconds at least; and how often at most. */
const LISTEN_MS = 250;
const SECOND_CHANCES = 3;

export interface ProbeDeps {
  readonly server: string;
  readonly world: World;
  readonly era: Era;
  readonly ask: (method: string, params: JsonObject, signal: AbortSignal) => Promise<JsonObject>;
}

const DISCOVER = "server/discover";
const METHOD_NOT_FOUND = -32_601;

const VERSION_UNSUPPORTED = -32_022;

const isOtherEra = (method: string, code: number): boolean =>
  code === VERSION_UNSUPPORTED || (method === DISCOVER && code === METHOD_NOT_FOUND);

/** A server that answered `server/discover` once and no longer knows it was replaced by an older one, and the other way round. */
const otherEra = (server: string): Fault =>
  new Fault(
    "SESSION_NOT_FOUND",
    `${server} no longer speaks the protocol revision of this link; a new one is opened.`,
    {
      server,
    },
  );

/** Any answer proves that the server lives, an error included; only silence and a lost link do not. */
export async function probe(timeoutMs: number, { server, world, era, ask }: ProbeDeps): Promise<number> {
  const method = era === "legacy" ? "ping" : DISCOVER;
  const started = world.now();
  const abort = new AbortController();
  const late = new Fault("UPSTREAM_TIMEOUT", `${server} did not answer a probe within ${timeoutMs} ms.`, { server });
  let cancelTimer: Cancel = () => {};
  // When the limit ends in a stall of our own, the answer may be waiting to be read: listen a little longer.
  const expireIn = (ms: number, chances: number): void => {
    cancelTimer = world.after(ms, () => {
      const stalledMs = world.stalledMs(world.now() - STALL_RECENT_MS);
      if (chances > 0 && stalledMs > STALL_EXCUSES_MS) expireIn(Math.max(LISTEN_MS, stalledMs), chances - 1);
      else abort.abort(late);
    });
  };
  expireIn(timeoutMs, SECOND_CHANCES);
  try {
    await ask(method, {}, abort.signal);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (isOtherEra(method, error.code)) throw otherEra(server);
  } finally {
    cancelTimer();
  }
  return world.now() - started;
}
