// What is never kept, row by row, and what does a call that may write take with it? Every server counts what reaches it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CacheCounts } from "../src/contract/cache.ts";
import { type Asker, type Asking, askerOf, assertAddsUp, cacheOf, entryOf, recordOf } from "./cache-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const READ = { annotations: { readOnlyHint: true, openWorldHint: false } };
const tools = {
  read: READ,
  also_read: READ,
  private_read: READ,
  listed: {},
  plain: {},
  open: { annotations: { readOnlyHint: true, openWorldHint: true } },
  write: { annotations: { readOnlyHint: false } },
  swept_write: { annotations: { readOnlyHint: false } },
};
const RULES = { private_read: "off", listed: { ttlMs: 60_000 }, "swept_*": { ttlMs: 60_000 } };
/** Failures of calls shall not keep the next ones away from the server. */
const CALM = { failures: 1_000, failureRatio: 1 };
const auto = { breaker: CALM, cache: { mode: "auto", tools: RULES } };
const ENTRIES = {
  kept: auto,
  doubtful: { ...auto, trusted: false },
  watched: { cache: { mode: "shadow" } },
  unused: { cache: { mode: "off" } },
  keeping: { cache: { mode: "auto", invalidateOnWrite: false } },
} as const;
type Name = keyof typeof ENTRIES;
const NAMES = Object.keys(ENTRIES) as Name[];

let servers: Record<Name, CountedServer>;
let gateway: TestGateway;
let asker: Asker;
before(async () => {
  const opened = await Promise.all(NAMES.map(async (name) => [name, await openCounted({ tools })] as const));
  servers = Object.fromEntries(opened) as typeof servers;
  gateway = await startGateway({
    servers: Object.fromEntries(NAMES.map((name) => [name, entryOf(servers[name], ENTRIES[name])])),
    omni2: { journal: { callsPerSecond: 100_000 } },
  });
  await allUp(gateway, NAMES);
  asker = askerOf(gateway);
});
after(async () => {
  await gateway?.stop();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
});

interface Row {
  readonly what: string;
  readonly asking: Partial<Asking> & { readonly server?: Name };
  /** The record's reason; undefined where the call could have been answered from the cache. */
  readonly reason?: string;
  /** Why the answer was not kept. */
  readonly refused?: string;
}

const MANY = { text: "x".repeat(70_000) };
const ROWS: readonly Row[] = [
  { what: "a JSON-RPC error", asking: { arguments: { do: "error" } }, refused: "error" },
  { what: "a tool's own error", asking: { arguments: { do: "tool_error" } }, refused: "tool_error" },
  { what: "a result of another type", asking: { arguments: { do: "partial" } }, refused: "incomplete" },
  {
    what: "a result larger than one may be",
    asking: { arguments: { do: "big", bytes: 1_100_000 } },
    refused: "too_large",
  },
  { what: "a continuation with answers", asking: { params: { inputResponses: {} } }, reason: "continuation" },
  { what: "a continuation with a state", asking: { params: { requestState: "s" } }, reason: "continuation" },
  { what: "a call with parameters nobody knows", asking: { params: { hurry: true } }, reason: "parameters" },
  { what: "a call with large arguments", asking: { arguments: MANY }, reason: "arguments_too_large" },
  { what: "a call that asks past the cache", asking: { cache: "bypass" }, reason: "asked" },
  { what: "the same over REST", asking: { cache: "bypass", way: "rest" }, reason: "asked" },
  { what: "a tool that does not say that it reads", asking: { tool: "plain" }, reason: "not_read_only" },
  { what: "a tool that says that it writes", asking: { tool: "write" }, reason: "not_read_only" },
  { what: "a tool that says so although a pattern fits", asking: { tool: "swept_write" }, reason: "not_read_only" },
  { what: "a tool of the open world", asking: { tool: "open" }, reason: "open_world" },
  { what: "a tool with the rule off", asking: { tool: "private_read" }, reason: "rule_off" },
  { what: "a reading tool of a server not trusted", asking: { server: "doubtful" }, reason: "untrusted" },
  { what: "a tool that is only watched", asking: { server: "watched" }, reason: "shadow_mode" },
  { what: "a tool of a server without a cache", asking: { server: "unused" }, reason: "mode_off" },
];

const numbersOf = async (server: string, tool: string): Promise<CacheCounts | undefined> =>
  (await cacheOf(gateway)).tools.find((row) => row.server === server && row.tool === tool);

const WATCHED: ReadonlySet<string> = new Set(["untrusted", "shadow_mode", "open_world"]);

describe("never kept", () => {
  for (const { what, asking, reason, refused } of ROWS) {
    test(`${what} reaches the server every time`, async () => {
      const { server = "kept", tool = "read" } = asking;
      const came = servers[server].came(tool);
      const before = await numbersOf(server, tool);
      for (let time = 1; time <= 3; time++) {
        const { id, disposition } = await asker.ask({ ...asking, server, tool });
        assert.equal(disposition, undefined);
        assert.equal(servers[server].came(tool), came + time);
        if (id !== undefined) assert.equal((await recordOf(gateway, id)).cacheReason, reason ?? null);
      }
      const after = await numbersOf(server, tool);
      const grown = (pick: (counts: CacheCounts) => number | undefined): number =>
        (after === undefined ? 0 : (pick(after) ?? 0)) - (before === undefined ? 0 : (pick(before) ?? 0));
      assert.equal(
        grown(({ entries }) => entries),
        0,
      );
      assert.equal(
        grown(({ upstream }) => upstream),
        3,
      );
      assert.equal(
        grown(({ refused: by }) => by[refused as "error"]),
        refused === undefined ? 0 : 3,
      );
      const isWatched = WATCHED.has(reason ?? "") || tool === "plain";
      assert.equal(
        grown(({ shadowed }) => shadowed),
        isWatched ? 3 : 0,
      );
      assert.equal(
        grown(({ bypassed }) => bypassed[reason as "asked"]),
        reason === undefined || isWatched ? 0 : 3,
      );
    });
  }

  test("a question that must be put to a person reaches the server every time", async () => {
    const asking = { server: "kept", tool: "read", arguments: { do: "input_required" } };
    const came = servers.kept.came("read");
    for (const time of [1, 2]) {
      assert.equal((await asker.ask(asking)).disposition, undefined);
      assert.equal(servers.kept.came("read"), came + time);
    }
  });

  test("a call that its caller cancelled leaves nothing behind", async () => {
    const asking: Asking = { server: "kept", tool: "read", arguments: { cancelled: true } };
    const came = servers.kept.came("read");
    servers.kept.hold();
    const leaving = new AbortController();
    const asked = asker.ask({ ...asking, signal: leaving.signal }).catch((error: Error) => error.name);
    await until("the server is asked", () => servers.kept.held === 1);
    leaving.abort();
    assert.equal(await asked, "AbortError");
    await until("the server knows it too", () => servers.kept.held === 0);
    servers.kept.letGo();
    assert.equal((await asker.ask(asking)).disposition, undefined);
    assert.equal(servers.kept.came("read"), came + 2);
    assert.equal((await asker.ask(asking)).disposition, "hit");
  });

  test("an answer that was cut off is asked for again", async () => {
    const asking = { server: "kept", tool: "read", arguments: { do: "cut" } };
    const came = servers.kept.came("read");
    assert.notEqual((await asker.ask(asking)).fault, undefined);
    const once = servers.kept.came("read") - came;
    assert.notEqual((await asker.ask(asking)).fault, undefined);
    assert.ok(once >= 1 && servers.kept.came("read") > came + once);
  });

  test("a word to the cache that it does not know is refused, and reaches nobody", async () => {
    const came = servers.kept.came();
    const { fault, text } = await asker.ask({ server: "kept", tool: "read", cache: "sometimes" });
    assert.equal(fault, "-32602");
    assert.match(String(text), /omni2\/cache.* must be one of use, bypass, refresh/);
    assert.equal(servers.kept.came(), came);
  });
});

test("a tool that a person named is kept whatever it says; refresh asks anew and keeps the newer answer", async () => {
  for (const server of ["kept", "doubtful"] as const) {
    const asking = { server, tool: "listed" };
    const first = await asker.ask(asking);
    assert.equal((await asker.ask(asking)).disposition, "hit");
    const anew = await asker.ask({ ...asking, cache: "refresh" });
    assert.deepEqual([anew.disposition, anew.text === first.text], [undefined, false]);
    const served = await asker.ask(asking);
    assert.deepEqual([served.disposition, served.text], ["hit", anew.text]);
  }
});

describe("a call that may write", () => {
  const keep = async (server: string): Promise<void> => {
    for (const tool of ["read", "also_read"]) await asker.ask({ server, tool, arguments: { of: "writes" } });
  };
  const isKept = async (server: string): Promise<boolean[]> => {
    const { tools: rows } = await cacheOf(gateway);
    return ["read", "also_read"].map((tool) =>
      rows.some((row) => row.server === server && row.tool === tool && row.entries > 0),
    );
  };

  for (const tool of ["write", "plain"]) {
    test(`such as ${tool} empties all of its server and nothing of another`, async () => {
      await keep("kept");
      await keep("keeping");
      await asker.ask({ server: "kept", tool });
      assert.deepEqual(await isKept("kept"), [false, false]);
      assert.deepEqual(await isKept("keeping"), [true, true]);
    });
  }

  test("empties nothing where that is switched off, nor when it only reads", async () => {
    await keep("keeping");
    await keep("kept");
    await asker.ask({ server: "keeping", tool: "write" });
    await asker.ask({ server: "kept", tool: "open" });
    await asker.ask({ server: "kept", tool: "read", cache: "bypass" });
    assert.deepEqual(await isKept("keeping"), [true, true]);
    assert.deepEqual(await isKept("kept"), [true, true]);
  });

  test("keeps out what was asked before it ended", async () => {
    const reading: Asking = { server: "kept", tool: "read", arguments: { during: "write" } };
    servers.kept.hold();
    const asked = asker.ask(reading);
    await until("the read is on its way", () => servers.kept.held === 1);
    const written = asker.ask({ server: "kept", tool: "write" });
    await until("the write is on its way", () => servers.kept.held === 2);
    servers.kept.letGo();
    await Promise.all([asked, written]);
    const came = servers.kept.came("read");
    assert.equal((await asker.ask(reading)).disposition, undefined);
    assert.equal(servers.kept.came("read"), came + 1);
  });
});

test("all of it is accounted for", async () => {
  const answer = await cacheOf(gateway);
  assertAddsUp(answer);
  for (const name of NAMES) assert.ok(answer.servers.some(({ server }) => server === name));
});
