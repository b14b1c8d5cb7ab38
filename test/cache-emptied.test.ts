// When is what was kept no longer served? Each time with one answer kept and another on its way: neither may be served
// afterwards, and what has nothing to do with it stays.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Asker, type Asking, askerOf, cacheOf, entryOf } from "./cache-kit.ts";
import { runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, type Watcher, watch } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const READ = { annotations: { readOnlyHint: true } };
const tools = { read: READ, other: READ };
const NAMES = ["told", "untold"] as const;
type Name = (typeof NAMES)[number];

let servers: Record<Name, CountedServer>;
let gateway: TestGateway;
let asker: Asker;
let live: Watcher;
const entries = (more: Partial<Record<Name, object>> = {}) => ({
  mcpServers: Object.fromEntries(NAMES.map((name) => [name, entryOf(servers[name], more[name])])),
});
before(async () => {
  servers = { told: await openCounted({ era: "legacy", tools }), untold: await openCounted({ tools }) };
  gateway = await startGateway({ servers: entries().mcpServers });
  await allUp(gateway, NAMES);
  asker = askerOf(gateway);
  live = await watch(gateway);
});
after(async () => {
  live?.close();
  await gateway?.stop();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
});

const reading = (server: Name, of: string, tool = "read"): Asking => ({ server, tool, arguments: { of } });

/** Does `act` while one answer is kept and one on its way; answers whether each of them is served from the cache then. */
async function around(name: Name, act: () => Promise<unknown>): Promise<{ kept: boolean; filled: boolean }> {
  const server = servers[name];
  await asker.ask(reading(name, "kept"));
  assert.equal((await asker.ask(reading(name, "kept"))).disposition, "hit");
  // A new question each time, so that it is not answered by what an earlier test left.
  const question = `fill ${server.came()}`;
  server.hold();
  const filling = asker.ask(reading(name, question));
  await until("the fill is on its way", () => server.held === 1);
  await act();
  server.letGo();
  await filling;
  const came = server.came("read");
  const kept = (await asker.ask(reading(name, "kept"))).disposition === "hit";
  const filled = (await asker.ask(reading(name, question))).disposition === "hit";
  assert.equal(server.came("read"), came + Number(!kept) + Number(!filled));
  return { kept, filled };
}

const GONE = { kept: false, filled: false };
const STILL_THERE = { kept: true, filled: true };

const invalidated = (reason: string) => live.of("cache_invalidated").filter(({ data }) => data.reason === reason);

/** Resolves when this happened once more than before. */
async function again(reason: string, act: () => unknown): Promise<void> {
  const before = invalidated(reason).length;
  await act();
  await until(`the cache was emptied because of ${reason}`, () => invalidated(reason).length > before);
}

describe("a person who clears", () => {
  const clear = async (query: string): Promise<number> => {
    const { status, body } = await gateway.api("DELETE", `/api/cache${query}`);
    assert.equal(status, 200);
    return (body as { removed: number }).removed;
  };

  for (const [what, query] of [
    ["one tool", "?server=told&tool=read"],
    ["one server", "?server=told"],
    ["everything", ""],
  ] as const) {
    test(`${what} is told how many answers went, and none of them is served again`, async () => {
      await clear("");
      await asker.ask(reading("told", "kept", "other"));
      await asker.ask(reading("untold", "kept"));
      let removed = 0;
      assert.deepEqual(
        await around("told", async () => {
          removed = await clear(query);
        }),
        GONE,
      );
      const expected = { "one tool": 1, "one server": 2, everything: 3 }[what];
      assert.equal(removed, expected);
      const stays = [reading("told", "kept", "other"), reading("untold", "kept")];
      const there = await Promise.all(stays.map(async (asking) => (await asker.ask(asking)).disposition === "hit"));
      assert.deepEqual(there, [expected < 2, expected < 3]);
      await until("it is told to those who watch", () => invalidated("person").at(-1)?.data.removed === removed);
    });
  }

  test("on the command line reads the same number", async () => {
    const cli = (...args: string[]) =>
      runToExit(["cache", "clear", ...args, "--url", gateway.url], { OMNI2_ADMIN_TOKEN: gateway.token });
    await clear("");
    assert.deepEqual(
      await around("told", async () => {
        const { code, stdout } = await cli("told");
        assert.deepEqual([code, stdout.match(/\d+/)?.[0]], [0, "1"]);
      }),
      GONE,
    );
    assert.notEqual((await cli("nobody")).code, 0);
  });

  test("is refused a tool without its server, and a server that there is not", async () => {
    assert.equal((await gateway.api("DELETE", "/api/cache?tool=read")).status, 400);
    assert.equal((await gateway.api("DELETE", "/api/cache?server=nobody")).status, 404);
  });
});

describe("a server that says that its tools have changed", () => {
  const say = () => servers.told.announce("notifications/tools/list_changed");

  test("is asked anew, also when they are the same", async () => {
    assert.deepEqual(await around("told", () => again("tools_changed", say)), GONE);
  });

  test("and one has another definition and one no longer only reads, is asked anew, the latter every time", async () => {
    const description = "reads otherwise";
    const act = async (): Promise<void> => {
      servers.told.tools.set("read", { ...READ, description });
      servers.told.tools.set("other", { annotations: { readOnlyHint: false } });
      await again("tools_changed", say);
    };
    assert.equal((await asker.ask(reading("told", "kept", "other"))).fault, undefined);
    assert.equal((await asker.ask(reading("told", "kept", "other"))).disposition, "hit");
    assert.deepEqual(await around("told", act), GONE);
    await until("the new definition is listed", async () => {
      const { body } = await gateway.api("GET", "/api/tools");
      return JSON.stringify(body).includes(description);
    });
    for (const _ of [1, 2]) {
      assert.equal((await asker.ask(reading("told", "kept", "other"))).disposition, undefined);
    }
  });
});

describe("a new configuration", () => {
  const configure = async (more: Partial<Record<Name, { description: string }>>): Promise<void> => {
    await gateway.configure(entries(more));
    await until("it is applied", async () => {
      const views = await Promise.all(Object.keys(more).map((name) => gateway.server(name)));
      return views.every(({ description, name }) => description === more[name as Name]?.description);
    });
    await allUp(gateway, NAMES);
  };

  test("that changes a server empties what is kept of it, and nothing of the others", async () => {
    await asker.ask(reading("untold", "kept"));
    const change = { description: "changed", timeoutMs: 30_000 };
    assert.deepEqual(await around("told", () => configure({ told: change })), GONE);
    assert.equal((await asker.ask(reading("untold", "kept"))).disposition, "hit");
  });

  test("that leaves a server as it is leaves what is kept of it", async () => {
    const told = { description: "changed", timeoutMs: 30_000 };
    const change = () => configure({ told, untold: { description: "changed too" } });
    assert.deepEqual(await around("told", change), STILL_THERE);
  });
});

test("a server that was removed and added again starts with nothing kept", async () => {
  const name = "untold";
  const act = async (): Promise<void> => {
    const { [name]: _, ...others } = entries().mcpServers;
    await gateway.configure({ mcpServers: others });
    await until("it is gone", async () => (await gateway.api("GET", `/api/servers/${name}`)).status === 404);
    servers[name].letGo();
    await gateway.configure(entries());
    await until("it is there", async () => (await gateway.api("GET", `/api/servers/${name}`)).status === 200);
    await allUp(gateway, NAMES);
  };
  assert.deepEqual(await around(name, act), GONE);
});

test("a server that comes back from a failure starts with nothing kept", async () => {
  await asker.ask(reading("untold", "kept"));
  assert.equal((await asker.ask(reading("untold", "kept"))).disposition, "hit");
  await again("reconnected", () => gateway.api("POST", "/api/servers/untold/reconnect"));
  const came = servers.untold.came("read");
  assert.equal((await asker.ask(reading("untold", "kept"))).disposition, undefined);
  assert.equal(servers.untold.came("read"), came + 1);
});

test("all of it is accounted for, and what was told agrees with the numbers", async () => {
  const answer = await cacheOf(gateway);
  for (const row of [...answer.servers, ...answer.tools]) {
    assert.equal(row.calls, row.hits + row.stale + row.coalesced + row.upstream + row.faults);
  }
  const told = () => live.of("cache_invalidated").reduce((sum, { data }) => sum + data.removed, 0);
  await until("every drop was told", () => told() >= answer.invalidations);
  assert.equal(told(), answer.invalidations);
  live.assertSound();
});
