// How long does one connection to a reachable database last, and what do callers get while it does?
// Watches it, and ends for good when it does not answer; the lifeline then makes another.
import type { PoolConfig } from "pg";
import { Fault, isFault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { type Connections, openConnections } from "./connections.ts";
import { classify, describe, withoutValues } from "./failure.ts";
import type { Run } from "./schema.ts";

export interface Attachment {
  readonly run: Run;
  /** Resolves with the error that ended it, or with null after `detach`. */
  readonly ended: Promise<unknown>;
  detach(): void;
}

const QUERY_MS = 10_000;
const QUIET_MS = 5000;
const MAX_IN_FLIGHT = 500;
const MAX_RETRIES = 3;

/** Rejects when the database does not answer a first probe. */
export async function attach(
  address: PoolConfig,
  limits: { max: number; signal: AbortSignal },
  world: World,
): Promise<Attachment> {
  const ended = Promise.withResolvers<unknown>();
  const connections = openConnections(address, { ...limits, queryTimeoutMs: QUERY_MS }, () => void suspect());
  const pulse = { inFlight: 0, answeredAt: world.now(), probing: false };

  // One broken connection is no lost database: only a probe that fails, while nothing else is answered, decides.
  const suspect = async (): Promise<void> => {
    if (pulse.probing) return;
    pulse.probing = true;
    const since = world.now();
    await connections.probe().catch((error: unknown) => pulse.answeredAt < since && ended.resolve(error));
    pulse.probing = false;
  };

  const watch = (): (() => void) =>
    world.after(QUIET_MS, () => {
      if (pulse.inFlight === 0 && world.now() - pulse.answeredAt >= QUIET_MS) void suspect();
      cancel = watch();
    });

  await connections.probe().catch((error: unknown) => {
    connections.destroy();
    throw error;
  });
  let cancel = watch();
  return {
    ended: ended.promise,
    detach() {
      cancel();
      connections.destroy();
      ended.resolve(null);
    },
    async run(work) {
      if (pulse.inFlight >= MAX_IN_FLIGHT) throw unavailable("too many statements wait for it");
      pulse.inFlight++;
      try {
        const answer = await tryAgain(connections, work);
        pulse.answeredAt = world.now();
        return answer;
      } catch (error) {
        const kind = classify(error);
        if (kind === "hang") ended.resolve(error);
        if (kind === "connection" || kind === "resources") void suspect();
        throw isFault(error) || kind === "bug" ? withoutValues(error) : unavailable(describe(error), error);
      } finally {
        pulse.inFlight--;
      }
    },
  };
}

/** Only a conflict with another transaction is repeated: it had no effect, and the next try can succeed. */
async function tryAgain<T>({ db }: Connections, work: (db: Connections["db"]) => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await work(db);
    } catch (error) {
      if (retries === MAX_RETRIES || classify(error) !== "again") throw error;
    }
  }
}

export function unavailable(reason: string, cause?: unknown): Fault {
  const text = `The database is not available: ${reason}. It is tried again by itself; calls to servers go on without it.`;
  return new Fault("STORE_UNAVAILABLE", text, { retryAfterMs: 1000, cause: withoutValues(cause) });
}
