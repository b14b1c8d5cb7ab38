// The part of the store's suite about reading logs page by page, and about the epochs of events.
import assert from "node:assert/strict";
import type { CallRecord } from "#contract/call.ts";
import type { CallsQuery } from "#store/tables/calls.ts";
import type { EventRow, EventsQuery } from "#store/tables/events.ts";
import { call, faultOf, type Now, opened, type Test } from "./store-kit.ts";

const AT = 1_600_000_000_000;

async function allPages<Q extends { before?: string | undefined }, T>(
  read: (query: Q) => Promise<{ items: readonly T[]; next: string | null }>,
  query: Q,
): Promise<readonly T[][]> {
  const pages: T[][] = [];
  for (let before: string | undefined; ; ) {
    const { items, next } = await read({ ...query, before });
    pages.push([...items]);
    if (next === null) return pages;
    before = next;
  }
}

export function pageTests(test: Test, now: Now): void {
  test("pages of calls are newest first and hold each call once, also when many have one instant", async () => {
    // Fractions of a millisecond are told apart, and what has the same instant by its id.
    const records = Array.from({ length: 25 }, (_, at) =>
      call(`paged-${String(at).padStart(2, "0")}`, { server: "paged", at: AT + Math.floor(at / 10) + (at % 2) / 4 }),
    );
    await now.store.calls.append(records.toReversed());
    const pages = await allPages<CallsQuery, CallRecord>((query) => now.store.calls.page(query), {
      limit: 7,
      server: "paged",
    });
    assert.deepEqual(
      pages.map((page) => page.length),
      [7, 7, 7, 4],
    );
    const expected = records.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
    assert.deepEqual(
      pages.flat().map(({ id }) => id),
      expected,
    );
  });

  test("calls that come while somebody reads do not move the pages", async () => {
    const first = await now.store.calls.page({ limit: 5, server: "paged" });
    await now.store.calls.append([call("paged-new", { server: "paged", at: AT + 1000 })]);
    const second = await now.store.calls.page({ limit: 5, server: "paged", before: first.next ?? assert.fail() });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    assert.equal(new Set(ids).size, 10);
    assert.ok(!ids.includes("paged-new"));
  });

  test("calls are found by server, tool, outcome, disposition and principal, and by all of them", async () => {
    const wanted = { server: "found", tool: "t", outcome: "fault", disposition: "stale", principal: "who" } as const;
    const { tool: name, ...rest } = wanted;
    const other = { server: "else", name: "x", outcome: "tool_error", disposition: "hit", principal: "them" } as const;
    const hit = call("found-all", { name, ...rest, at: AT });
    const near = (["server", "name", "outcome", "disposition", "principal"] as const).map((field) =>
      call(`not-${field}`, { name, ...rest, [field]: other[field], at: AT }),
    );
    await now.store.calls.append([hit, ...near]);
    const ids = async (query: Omit<CallsQuery, "limit">): Promise<string[]> =>
      (await now.store.calls.page({ limit: 50, ...query })).items.map(({ id }) => id);
    assert.deepEqual(await ids(wanted), ["found-all"]);
    for (const [field, value] of Object.entries(wanted)) {
      const found = await ids({ [field]: value });
      assert.ok(found.includes("found-all"), field);
      assert.ok(!found.includes(`not-${field === "tool" ? "name" : field}`), field);
    }
    assert.deepEqual(await ids({ server: "found\0' or true --" }), []);
  });

  test("a cursor that no page gave is refused, whatever it holds", async () => {
    const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const before of [
      "",
      "%%%",
      b64(null),
      b64([1]),
      b64(["x", "y"]),
      b64([1, 2]),
      b64([1.5, "a"]),
      b64([1, "a", 2, 3]),
    ]) {
      await faultOf("INVALID_REQUEST", now.store.calls.page({ limit: 5, before }));
      await faultOf("INVALID_REQUEST", now.store.events.page({ limit: 5, before }));
    }
  });

  eventTests(test, now);
  epochTests(test, now);
}

function eventTests(test: Test, now: Now): void {
  const event = (seq: number, more: Partial<EventRow> = {}): EventRow => ({
    epoch: "one",
    seq,
    at: AT + seq,
    type: "health_event",
    server: "files",
    severity: null,
    data: { name: "files", nested: { list: [1, "\0 \ud800"] } },
    ...more,
  });
  const stored = (row: EventRow): EventRow => ({
    ...row,
    data: { name: "files", nested: { list: [1, "\ufffd \ufffd"] } },
  });

  test("events are read back after a number, in order, as they were, and a batch sent twice counts once", async () => {
    const rows = Array.from({ length: 6 }, (_, at) => event(at + 1));
    const critical = event(7, { type: "mcp_auto_disabled", severity: "critical", server: "web" });
    await now.store.events.append([...rows, critical]);
    await now.store.events.append([...rows, event(2, { epoch: "two", server: null })]);
    const { store } = now;
    assert.deepEqual(
      await store.events.after("one", 4, { limit: 10 }),
      [rows[4], rows[5], critical].map((it) => stored(it as EventRow)),
    );
    assert.deepEqual(
      (await store.events.after("one", 1, { limit: 2 })).map(({ seq }) => seq),
      [2, 3],
    );
    assert.deepEqual(
      (await store.events.after("one", 0, { limit: 9, server: "web" })).map(({ seq }) => seq),
      [7],
    );
    assert.deepEqual(await store.events.after("nobody's", 0, { limit: 10 }), []);
    assert.deepEqual(await store.events.after("one", 7, { limit: 10 }), []);
  });

  test("events are read from a moment on, oldest first, over all epochs", async () => {
    const told = (rows: readonly EventRow[]) => rows.map(({ epoch, seq }) => `${epoch} ${seq}`);
    const { events } = now.store;
    assert.deepEqual(told(await events.since(AT + 2, { limit: 4 })), ["one 2", "two 2", "one 3", "one 4"]);
    assert.deepEqual(told(await events.since(AT + 2, { limit: 1, server: "web" })), ["one 7"]);
    assert.deepEqual(await events.since(AT + 1_000_000, { limit: 4 }), []);
  });

  test("pages of events are newest first, over all epochs, by server and type", async () => {
    const read = (query: EventsQuery) => now.store.events.page(query);
    const all = (await allPages<EventsQuery, EventRow>(read, { limit: 3 })).flat();
    const ours = all.filter(({ at }) => at > AT && at < AT + 100);
    assert.deepEqual(
      ours.map(({ epoch, seq }) => `${epoch} ${seq}`),
      ["one 7", "one 6", "one 5", "one 4", "one 3", "two 2", "one 2", "one 1"],
    );
    const upTo = await allPages<EventsQuery, EventRow>(read, { limit: 2, until: AT + 4, server: "files" });
    assert.deepEqual(
      upTo
        .flat()
        .filter(({ at }) => at > AT)
        .map(({ seq }) => seq),
      [4, 3, 2, 1],
    );
    const only = await allPages<EventsQuery, EventRow>(read, { limit: 1, type: "mcp_auto_disabled", server: "web" });
    assert.deepEqual(
      only.flat().map(({ seq }) => seq),
      [7],
    );
  });
}

function epochTests(test: Test, now: Now): void {
  test("an epoch is gone on with after a clean stop only, and by one gateway only", async () => {
    const { epochs } = now.store;
    const first = await epochs.take();
    assert.match(first.epoch, /^[0-9a-f]{32}$/);
    assert.equal(first.seq, 0);
    const crashed = await epochs.take();
    assert.notEqual(crashed.epoch, first.epoch, "nobody left it");
    await epochs.leave(first.epoch, 41);
    assert.deepEqual(await epochs.take(), { epoch: first.epoch, seq: 41 });
    await epochs.leave(first.epoch, 50);
    await epochs.leave(crashed.epoch, 7);
    const taken = await Promise.all([epochs.take(), epochs.take(), epochs.take()]);
    const names = taken.map(({ epoch }) => epoch);
    assert.equal(new Set(names).size, 3);
    assert.equal(names.filter((name) => name === first.epoch || name === crashed.epoch).length <= 2, true);
    assert.ok(
      taken.some(({ epoch, seq }) => epoch === crashed.epoch && seq === 7),
      "the one left last goes first",
    );
  });

  test("epochs of long ago are forgotten", async () => {
    for (let times = 0; times < 103; times++) await now.store.epochs.take();
    await now.store.close();
    const [count] = await now.backend.sql("select count(*)::int as epochs from omni2.epochs");
    assert.deepEqual(count, { epochs: 101 });
    now.store = await opened(now.backend.options);
  });
}
