// What do the journal's tests write with? A database set by hand, and facts of one server.
import type { GatewayEvent } from "#contract/event.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { type Batch, FLUSH_MS, Journal, type JournalEvent } from "./journal.ts";
import { view } from "./stage.fixture.ts";

export const AWAY = new Fault("STORE_UNAVAILABLE", "the database is away");

/** A journal before a database whose state and answers are set by hand. */
export function journalStage() {
  const world = handWorld();
  const batches: Batch<number[]>[] = [];
  const said: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (_, message) => void said.push(`warn ${message}`),
    error: (_, message) => void said.push(`error ${message}`),
  };
  const state = {
    ready: true,
    calls: [] as number[],
    settled: 0,
    dropped: 0,
    write: (): Promise<void> => Promise.resolve(),
  };
  let tell: (event: GatewayEvent) => void = () => {};
  const journal = new Journal<number[]>({
    world,
    log,
    subscribe(listener) {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
    isReady: () => state.ready,
    calls: {
      settle: () => void state.settled++,
      drain: () => (state.calls.length === 0 ? undefined : state.calls.splice(0, 3)),
      restore: (calls) => void state.calls.unshift(...calls),
      takeDropped: () => state.dropped,
    },
    write: async (batch) => {
      batches.push(batch);
      await state.write();
    },
  });
  const flush = async (): Promise<void> => {
    world.advance(FLUSH_MS);
    await settle();
  };
  return { world, batches, said, state, journal, flush, tell: (event: GatewayEvent) => tell(event) };
}

export const named = (name: string): ServerView => ({ ...view, name });
export const observed = (message: string, of = view): GatewayEvent => ({
  type: "health.observed",
  at: 1,
  name: of.name,
  eventType: "probe_failed",
  message,
  latencyMs: null,
  view: of,
});
export const told = (batch: Batch<number[]> | undefined): string[] =>
  (batch?.health ?? []).map(({ message }) => message);

export const numbered = (seq: number, data: unknown = { name: "files" }): JournalEvent => ({
  epoch: "e",
  seq,
  at: seq,
  type: "mcp_status_change",
  server: "files",
  severity: "info",
  data,
});
export const seqs = (batch: Batch<number[]>): number[] => batch.events.map(({ seq }) => seq);
