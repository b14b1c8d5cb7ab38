// How long is what was read by URI kept? As long as its server said in the answer, at most as long as is configured, and the
// answer then says how much of that time is left.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Asker, askerOf, assertAddsUp, cacheOf, countsOf, entryOf, type Seen } from "./cache-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const MINUTE_MS = 60_000;
const LONGEST_MS = 5 * MINUTE_MS;
const SHORT_MS = 250;
const resources = {
  "note://private": { ttlMs: MINUTE_MS, cacheScope: "private" },
  "note://public": { ttlMs: MINUTE_MS, cacheScope: "public" },
  "note://long": { ttlMs: 24 * 60 * MINUTE_MS, cacheScope: "public" },
  "note://short": { ttlMs: SHORT_MS, cacheScope: "private" },
  "note://never": { ttlMs: 0, cacheScope: "private" },
  "note://silent": {},
};
const tools = { write: {} };
const MODES = { kept: { mode: "auto" }, shadow: { mode: "shadow" }, doubtful: { mode: "auto" } } as const;
type Name = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Name[];

let servers: Record<Name, CountedServer>;
let gateway: TestGateway;
let asker: Asker;
before(async () => {
  const opened = await Promise.all(NAMES.map(async (name) => [name, await openCounted({ tools, resources })] as const));
  servers = Object.fromEntries(opened) as typeof servers;
  const entry = (name: Name) => entryOf(servers[name], { cache: MODES[name], trusted: name !== "doubtful" });
  gateway = await startGateway({ servers: Object.fromEntries(NAMES.map((name) => [name, entry(name)])) });
  await allUp(gateway, NAMES);
  asker = askerOf(gateway);
});
after(async () => {
  await gateway?.stop();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
});

const read = (uri: string, server: Name = "kept"): Promise<Seen> => asker.read({ server, uri });

for (const name of ["kept", "doubtful"] as const) {
  for (const uri of ["note://private", "note://public"]) {
    test(`${uri} of the server ${name} is read once, and the time that is left is told`, async () => {
      const first = await read(uri, name);
      assert.deepEqual([first.disposition, first.text, first.result.ttlMs], [undefined, `${uri} 1`, MINUTE_MS]);
      let left = MINUTE_MS;
      for (const _ of [1, 2, 3]) {
        const served = await read(uri, name);
        assert.deepEqual([served.disposition, served.text], ["hit", first.text]);
        assert.equal(served.result.cacheScope, first.result.cacheScope);
        assert.ok(served.result.ttlMs <= left && served.result.ttlMs > 0, `${served.result.ttlMs} of ${left} ms left`);
        const sum = served.result.ttlMs + Number(served.ageMs);
        assert.ok(Math.abs(sum - MINUTE_MS) <= 1, `${sum} ms in all`);
        left = served.result.ttlMs;
      }
      assert.equal(servers[name].came(uri), 1);
    });
  }
}

test("a server cannot have its answers kept for longer than is configured", async () => {
  await read("note://long");
  const { disposition, result } = await read("note://long");
  assert.equal(disposition, "hit");
  assert.ok(result.ttlMs <= LONGEST_MS && result.ttlMs > LONGEST_MS - MINUTE_MS, `${result.ttlMs} ms left`);
});

test("when its time is over, it is read again", async () => {
  const uri = "note://short";
  await read(uri);
  const second = await until("it is read again", async () => {
    const seen = await read(uri);
    return seen.text === `${uri} 2` ? seen : undefined;
  });
  assert.equal(second.disposition, undefined);
});

for (const uri of ["note://never", "note://silent"]) {
  test(`${uri} is read every time`, async () => {
    for (const time of [1, 2, 3]) {
      const { disposition, text } = await read(uri);
      assert.deepEqual([disposition, text], [undefined, `${uri} ${time}`]);
    }
  });
}

test("nothing is kept where the cache only watches", async () => {
  for (const time of [1, 2]) assert.equal((await read("note://public", "shadow")).text, `note://public ${time}`);
});

test("a tool that may write empties what was read by URI, too", async () => {
  await read("note://private");
  const came = servers.kept.came("note://private");
  await asker.ask({ server: "kept", tool: "write" });
  assert.equal((await read("note://private")).disposition, undefined);
  assert.equal(servers.kept.came("note://private"), came + 1);
});

test("all of it is accounted for", async () => {
  assertAddsUp(await cacheOf(gateway));
  const { upstream, refused } = await countsOf(gateway, "kept", "(resources)");
  const reads = Object.keys(resources).reduce((sum, uri) => sum + servers.kept.came(uri), 0);
  assert.equal(upstream, reads);
  assert.equal(refused.no_ttl, 6);
});
