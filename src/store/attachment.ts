// How long does one connection to a reachable database last, and what do callers get while it does?
// Watches it, and ends for good when it does not answer; the lifeline then makes another.
import type { PoolConfig } from "pg";
import { Fault, isFault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import { type Connections, openConnections } from "./connections.ts";
import { classify, describe, type FailureKind, withoutValues } from "./failure.ts";
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

interface Pulse {
  inFlight: number;
  /** Monotonic milliseconds of the last answer. */
  answeredAt: number;
}

/** Rejects when the database does not answer a first probe. */
export async function attach(
  address: PoolConfig,
  limits: { max: number; signal: AbortSignal },
  world: World,
): Promise<Attachment> {
  const ended = Promise.withResolvers<unknown>();
  const connections = openConnections(address, { ...limits, queryTimeoutMs: QUERY_MS }, () => suspect());
  const pulse: Pulse = { inFlight: 0, answeredAt: world.now() };
  const suspect = createSuspicion({ connections, pulse, world }, ended.resolve);
  await connections.probe().catch((error: unknown) => {
    connections.destroy();
    throw error;
  });
  const watch = (): (() => void) =>
    world.after(QUIET_MS, () => {
      if (pulse.inFlight === 0 && world.now() - pulse.answeredAt >= QUIET_MS) suspect();
      cancel = watch();
    });
  let cancel = watch();
  const onFailure = (error: unknown, kind: FailureKind): void => {
    if (kind === "hang") ended.resolve(error);
    if (kind === "connection" || kind === "resources") suspect();
  };
  return {
    ended: ended.promise,
    run: createRun({ connections, pulse, world }, onFailure),
    detach() {
      cancel();
      connections.destroy();
      ended.resolve(null);
    },
  };
}

interface Watched {
  readonly connections: Connections;
  readonly pulse: Pulse;
  readonly world: World;
}

/** One broken connection is no lost database: only a probe that fails, while nothing else is answered, decides. */
function createSuspicion({ connections, pulse, world }: Watched, end: (error: unknown) => void): () => void {
  let probing = false;
  return () => {
    if (probing) return;
    probing = true;
    const since = world.now();
    const answered = (): void => {
      pulse.answeredAt = world.now();
    };
    connections
      .probe()
      .then(answered, (error: unknown) => pulse.answeredAt < since && end(error))
      .finally(() => {
        probing = false;
      });
  };
}

function createRun(
  { connections, pulse, world }: Watched,
  onFailure: (error: unknown, kind: FailureKind) => void,
): Run {
  return async (work) => {
    if (pulse.inFlight >= MAX_IN_FLIGHT) throw unavailable("too many statements wait for it");
    pulse.inFlight++;
    try {
      const answer = await tryAgain(connections, work);
      pulse.answeredAt = world.now();
      return answer;
    } catch (error) {
      if (isFault(error)) throw error;
      const kind = classify(error);
      onFailure(error, kind);
      throw kind === "bug" ? withoutValues(error) : unavailable(describe(error), error);
    } finally {
      pulse.inFlight--;
    }
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
