// Does an answer that is kept spare its server the question, on every way in? The server's own counter says so.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type Asker,
  type Asking,
  askerOf,
  assertAddsUp,
  cacheOf,
  countsOf,
  entryOf,
  recordOf,
  type Seen,
  WAYS,
} from "./cache-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const READ = { annotations: { readOnlyHint: true } };
const tools = { look: READ, shared: READ, busy: READ, sorry: READ, left: READ };
const PUBLIC = { scope: "public" };
const entry = { cache: { mode: "auto", tools: { shared: PUBLIC, busy: PUBLIC, sorry: PUBLIC, left: PUBLIC } } };
const ERAS = ["modern", "legacy"] as const;
/** Those that ask on the server's own endpoint: their questions are equal, whoever asks. */
const OWN = ["modern-own", "legacy-own", "rest"] as const;
const MAX_WAITERS = 256;

describe("the second identical call of a cached tool", () => {
  let servers: Record<(typeof ERAS)[number], CountedServer>;
  let gateway: TestGateway;
  let asker: Asker;
  before(async () => {
    servers = { modern: await openCounted({ tools }), legacy: await openCounted({ era: "legacy", tools }) };
    gateway = await startGateway({
      servers: { modern: entryOf(servers.modern, entry), legacy: entryOf(servers.legacy, entry) },
      omni2: { journal: { callsPerSecond: 100_000 } },
    });
    await allUp(gateway, ERAS);
    asker = askerOf(gateway);
  });
  after(async () => {
    await gateway.stop();
    await Promise.all(Object.values(servers).map((server) => server.close()));
  });

  for (const server of ERAS) {
    for (const way of WAYS) {
      test(`does not reach a ${server} server when asked the ${way} way, and says how old its answer is`, async () => {
        const asking: Asking = { server, tool: "look", arguments: { way }, way };
        const before = servers[server].came("look");
        const first = await asker.ask(asking);
        const second = await asker.ask(asking);
        assert.deepEqual([first.disposition, second.disposition], [undefined, "hit"]);
        assert.equal(second.text, first.text);
        assert.ok(Number(second.ageMs) >= 0 && Number(second.ageMs) < 60_000, `${second.ageMs} ms old`);
        assert.equal(servers[server].came("look"), before + 1);

        const [asked, served] = await Promise.all([first, second].map(({ id }) => recordOf(gateway, String(id))));
        assert.deepEqual([asked?.disposition, asked?.cacheReason, asked?.attempts], ["miss", null, 1]);
        assert.deepEqual([served?.disposition, served?.cacheReason, served?.attempts], ["hit", null, 0]);
        assert.deepEqual([asked?.ageMs, Math.round(Number(served?.ageMs))], [null, second.ageMs]);
        assert.deepEqual([served?.upstreamMs, served?.breaker], [null, null]);
      });
    }
  }

  test("is answered in the caller's era, whichever era asked first", async () => {
    for (const server of ERAS) {
      const asking = { server, tool: "look", arguments: { across: true } };
      const first = await asker.ask({ ...asking, way: "legacy" });
      const second = await asker.ask({ ...asking, way: "modern" });
      assert.deepEqual([second.disposition, second.text], ["hit", first.text]);
      assert.equal(second.result.resultType, "complete");
    }
  });

  test("reaches the server for another caller, unless the tool's rule shares its answers", async () => {
    const [mine, theirs] = [{ way: "rest" as const }, { way: "modern-own" as const }];
    const asking = { server: "modern", tool: "look", arguments: { whose: "mine" } };
    assert.equal((await asker.ask({ ...asking, ...mine })).disposition, undefined);
    assert.equal((await asker.ask({ ...asking, ...theirs })).disposition, undefined);
    assert.equal((await asker.ask({ ...asking, ...mine })).disposition, "hit");
    const sharing = { ...asking, tool: "shared" };
    assert.equal((await asker.ask({ ...sharing, ...mine })).disposition, undefined);
    assert.equal((await asker.ask({ ...sharing, ...theirs })).disposition, "hit");
  });

  test("with its arguments in another order is the same one, with other arguments it is not", async () => {
    const asking = { server: "modern", tool: "look" };
    await asker.ask({ ...asking, arguments: { a: 1, b: { c: [1, 2], d: null } } });
    const again = { ...asking, arguments: { b: { d: null, c: [1, 2] }, a: 1.0 } };
    assert.equal((await asker.ask(again)).disposition, "hit");
    const others = [
      { a: "1", b: { c: [1, 2], d: null } },
      { a: 1, b: { c: [2, 1], d: null } },
      { a: 1, b: { c: [1, 2] } },
    ];
    for (const given of others) assert.equal((await asker.ask({ ...asking, arguments: given })).disposition, undefined);
  });

  /** `times` equal questions at once on all ways that are equal, held back at the server until they have had time to come in. */
  async function atOnce(tool: string, given: object, times = 500): Promise<Seen[]> {
    const server = servers.modern;
    server.hold();
    const asked = Array.from({ length: times }, (_, at) =>
      asker.ask({ server: "modern", tool, arguments: { ...given }, way: OWN[at % OWN.length] ?? "rest" }),
    );
    await until("the server is asked", () => server.held > 0);
    for (let probes = 0; probes < 20; probes++) await gateway.api("GET", "/health");
    server.letGo();
    return await Promise.all(asked);
  }

  test("is the only one there is when 500 are made at once", async () => {
    const answers = await atOnce("busy", {});
    assert.equal(servers.modern.came("busy"), 1);
    assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(["busy 1"]));
    const { upstream, coalesced, hits, faults } = await countsOf(gateway, "modern", "busy");
    assert.deepEqual([upstream, coalesced + hits, faults], [1, 499, 0]);
    assert.ok(coalesced > 0 && coalesced <= MAX_WAITERS, `${coalesced} waited for the one answer`);
    assert.equal(answers.filter(({ disposition }) => disposition === "coalesced").length, coalesced);
  });

  test("is one of few when 500 are made at once and the answer is one that is not kept: it is shared, then asked anew", async () => {
    const answers = await atOnce("sorry", { do: "tool_error" });
    assert.ok(answers.every(({ result }) => result?.isError === true));
    const came = servers.modern.came("sorry");
    assert.ok(came >= 500 / (MAX_WAITERS + 1) && came <= 20, `${came} came to the server`);
    const { upstream, coalesced, hits, refused } = await countsOf(gateway, "modern", "sorry");
    assert.deepEqual([upstream, coalesced, hits, refused.tool_error], [came, 500 - came, 0, came]);
  });

  test("leaves the server alone when its caller goes away, and does no harm to those who wait with it", async () => {
    const server = servers.modern;
    server.hold();
    const leaving = new AbortController();
    const asking: Asking = { server: "modern", tool: "left", way: "modern-own" };
    const leader = asker.ask({ ...asking, signal: leaving.signal }).catch((error: Error) => error.name);
    await until("the first is asked", () => server.held === 1);
    const others = Array.from({ length: 20 }, () => asker.ask(asking));
    for (let probes = 0; probes < 20; probes++) await gateway.api("GET", "/health");
    leaving.abort();
    await until("another has taken its place", () => server.came("left") === 2);
    server.letGo();
    assert.equal(await leader, "AbortError");
    assert.deepEqual(new Set((await Promise.all(others)).map(({ text }) => text)), new Set(["left 2"]));
    assert.equal(server.came("left"), 2);
  });

  test("is accounted for in every sum", async () => {
    const answer = await cacheOf(gateway);
    assertAddsUp(answer);
    assert.equal(answer.upstream, servers.modern.came() + servers.legacy.came() - 1, "one was cancelled");
    assert.equal(answer.faults, 1);
    assert.ok(answer.savedMs > 0);
  });
});
