// What do callers get from a server that is away, slow or gone? The last good answer with its age, where a rule allows that,
// and a clear fault elsewhere; and a new answer as soon as there is one.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Asker, type Asking, askerOf, assertAddsUp, cacheOf, countsOf, entryOf, recordOf } from "./cache-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, restCall } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const READ = { annotations: { readOnlyHint: true } };
const tools = { allowed: READ, strict: READ, hasty: READ, write: {} };
const HOUR_MS = 3_600_000;
/** Fresh for no time at all: every call asks, and an old answer is only the last resort. */
const RULES = {
  allowed: { ttlMs: 0, staleIfErrorMs: HOUR_MS },
  strict: { ttlMs: 0, staleWhileRevalidateMs: 0, staleIfErrorMs: 0 },
  hasty: { ttlMs: 0, staleWhileRevalidateMs: HOUR_MS },
};
const FAILURES = 3;
const OPEN_MS = 5_000;
const TIMEOUT_MS = 1_000;
const settings = {
  timeoutMs: TIMEOUT_MS,
  breaker: { failures: FAILURES, openMs: OPEN_MS, maxOpenMs: OPEN_MS },
  health: { intervalMs: 1_000 },
  cache: { mode: "auto", tools: RULES },
};
const ERAS = ["modern", "legacy"] as const;

let servers: Record<(typeof ERAS)[number], CountedServer>;
let gateway: TestGateway;
let asker: Asker;
before(async () => {
  servers = { modern: await openCounted({ tools }), legacy: await openCounted({ era: "legacy", tools }) };
  gateway = await startGateway({
    servers: { modern: entryOf(servers.modern, settings), legacy: entryOf(servers.legacy, settings) },
    omni2: { journal: { callsPerSecond: 100_000 } },
  });
  await allUp(gateway, ERAS);
  asker = askerOf(gateway);
});
after(async () => {
  await gateway?.stop();
  await Promise.all(Object.values(servers ?? {}).map((server) => server.close()));
});

const isOpen = async (server: string): Promise<boolean> => (await gateway.server(server)).circuitState === "open";

for (const server of ERAS) {
  describe(`while a ${server} server is gone`, () => {
    const asking: Asking = { server, tool: "allowed" };
    test("an allowed tool is answered with its last good answer, its age and the fault; others say the fault", async () => {
      const good = await asker.ask(asking);
      const askedAt = Date.now();
      assert.equal((await asker.ask({ ...asking, tool: "strict" })).fault, undefined);
      const came = servers[server].came();
      await servers[server].down();
      await until("the breaker is open", async () => {
        await asker.ask({ ...asking, tool: "strict" });
        return isOpen(server);
      });

      const old = await asker.ask(asking);
      const { fault, text, result } = await asker.ask({ ...asking, tool: "strict" });
      assert.deepEqual([old.disposition, old.text, old.result.isError], ["stale", good.text, undefined]);
      assert.ok(Math.abs(Number(old.ageMs) - (Date.now() - askedAt)) < 5_000, `${old.ageMs} ms old`);
      assert.deepEqual([old.fault, fault], ["BREAKER_OPEN", "BREAKER_OPEN"]);
      assert.deepEqual([result.isError, String(text).includes(server)], [true, true]);
      const { status } = await restCall(gateway, { server, tool: "strict" });
      assert.equal(status, 503);
      assert.equal(servers[server].came(), came);

      const record = await recordOf(gateway, String(old.id));
      assert.deepEqual([record.disposition, record.outcome, record.faultCode], ["stale", "ok", null]);
      assert.equal(Math.round(Number(record.ageMs)), old.ageMs);
    });

    test("another caller is not answered with it", async () => {
      const { fault } = await asker.ask({ ...asking, way: "rest" });
      assert.match(String(fault), /^(BREAKER_OPEN|UPSTREAM_UNAVAILABLE)$/);
    });

    test("nor is whoever asks for a fresh answer", async () => {
      const { fault, disposition } = await asker.ask({ ...asking, cache: "refresh" });
      assert.match(String(fault), /^(BREAKER_OPEN|UPSTREAM_UNAVAILABLE)$/);
      assert.equal(disposition, undefined);
    });

    test("and as soon as it is back, it is asked again", async () => {
      const came = servers[server].came("allowed");
      await servers[server].up();
      const fresh = await until("the server answers", async () => {
        const answer = await asker.ask(asking);
        return answer.disposition === undefined && answer.fault === undefined ? answer : undefined;
      });
      assert.equal(fresh.text, `allowed ${servers[server].came("allowed")}`);
      assert.ok(servers[server].came("allowed") > came);
      await allUp(gateway, [server]);
    });
  });
}

test("a server that does not answer in time is stood in for", async () => {
  const asking: Asking = { server: "modern", tool: "allowed", arguments: { of: "time" } };
  const good = await asker.ask(asking);
  servers.modern.hold();
  const old = await asker.ask(asking);
  servers.modern.letGo();
  assert.deepEqual([old.disposition, old.fault, old.text], ["stale", "UPSTREAM_TIMEOUT", good.text]);
});

test("an old answer is served while a new one is fetched, once, and the next caller gets that", async () => {
  const asking: Asking = { server: "modern", tool: "hasty" };
  const first = await asker.ask(asking);
  servers.modern.hold();
  const old = await Promise.all(Array.from({ length: 20 }, () => asker.ask(asking)));
  assert.ok(
    old.every(({ disposition, text, fault }) => `${disposition} ${text} ${fault}` === `stale ${first.text} undefined`),
  );
  await until("the server is asked", () => servers.modern.held > 0);
  assert.equal(servers.modern.came("hasty"), 2);
  servers.modern.hold();
  servers.modern.letGo();
  servers.modern.hold();
  await until("the new answer is served", async () => (await asker.ask(asking)).text === "hasty 2");
  servers.modern.letGo();
  const { refreshes, upstream } = await countsOf(gateway, "modern", "hasty");
  assert.equal(upstream, 1);
  assert.equal(refreshes + upstream, servers.modern.came("hasty"));
});

test("all of it is accounted for", async () => assertAddsUp(await cacheOf(gateway)));
