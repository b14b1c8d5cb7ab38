// Is a timeline told soon also when much has happened? 100,000 events of twenty servers, on both databases.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { StatusFact } from "#contract/timeline.ts";
import type { Store } from "#store/store.ts";
import type { EventRow } from "#store/tables/events.ts";
import { startPostgres } from "./pg.ts";
import { type Backend, embedded, external, opened } from "./store-kit.ts";

const EVENTS = 100_000;
const BATCH = 2_000;
const SHARE = 50;
const BUDGET_MS = 100;
const HOUR_MS = 3_600_000;
const WORDS = ["up", "down", "recovering"];
/** As large as a server's view is. */
const NOTES = "x".repeat(1_000);

const begin = Date.now() - HOUR_MS;

/** Every fiftieth event changes a status: more than one each two seconds, for an hour. */
function event(seq: number): EventRow {
  const at = begin + seq * 30;
  const changed = seq % SHARE === 0;
  const [before, status] = [WORDS[seq % 3], WORDS[(seq + 1) % 3]];
  const server = { status, notes: NOTES };
  return {
    ...{ epoch: "much", seq, at, server: `s${seq % 20}`, severity: null },
    type: changed ? "mcp_status_change" : "health_event",
    data: changed ? { old_status: before, new_status: status, reason: "because", server } : { message: "seen", server },
  };
}

function suite(name: string, prepare: () => Promise<Backend | { skip: string }>): void {
  describe(name, () => {
    let backend: Backend | { skip: string };
    let store: Store | undefined;
    before(async () => {
      backend = await prepare();
      if ("skip" in backend) return;
      store = await opened(backend.options);
      await store.partitions.prepare(begin);
      for (let first = 0; first < EVENTS; first += BATCH) {
        await store.events.append(Array.from({ length: BATCH }, (_, n) => event(first + n)));
      }
    });
    after(async () => {
      await store?.close();
      if ("remove" in backend) await backend.remove();
    });

    it(`tells the statuses among ${EVENTS} events within ${BUDGET_MS} ms`, async (context) => {
      if (store === undefined) return context.skip("skip" in backend ? backend.skip : "");
      const tookMs: number[] = [];
      for (let round = 0; round < 7; round++) {
        const from = performance.now();
        const facts: readonly StatusFact[] = await store.events.statusFacts(begin, { limit: 20_000 });
        tookMs.push(performance.now() - from);
        assert.equal(facts.length, EVENTS / SHARE);
      }
      context.diagnostic(`${tookMs.map(Math.round).join(", ")} ms`);
      assert.ok(Math.min(...tookMs) < BUDGET_MS, `at best ${Math.min(...tookMs)} ms`);
    });
  });
}

suite("the embedded database", async () => embedded());
suite("PostgreSQL", async () => {
  const postgres = await startPostgres();
  return "skip" in postgres ? postgres : external(postgres);
});
