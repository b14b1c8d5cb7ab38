// What becomes of a call that is under way when its server dies, its time is up, or its caller gives up? It ends once, soon,
// with the right words, and a server that lives is told.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { JsonObject } from "#lib/json.ts";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, faultIn, modernCall, restCall, stdio, textOf } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const END_LIMIT_MS = 1_000;
const LONG = { ms: 60_000 };
const TIMEOUT_MS = 1_000;

let legacyHttp: RunningServer;
let modernHttp: RunningServer;
let gateway: TestGateway;

before(async () => {
  [legacyHttp, modernHttp] = await Promise.all([
    startUpstream("holding.ts", "--http"),
    startUpstream("holding.ts", "--modern"),
  ]);
  const servers = {
    local: stdio("holding.ts"),
    remote: { url: legacyHttp.url },
    modern: { url: modernHttp.url },
    "local-hasty": { ...stdio("holding.ts"), timeoutMs: TIMEOUT_MS },
    "remote-hasty": { url: legacyHttp.url, timeoutMs: TIMEOUT_MS },
    "modern-hasty": { url: modernHttp.url, timeoutMs: TIMEOUT_MS },
  };
  gateway = await startGateway({ servers });
  await allUp(gateway, Object.keys(servers));
});

after(async () => {
  await gateway?.stop();
  await Promise.all([legacyHttp?.stop(), modernHttp?.stop()]);
});

const tally = async (server: string): Promise<{ began: number; cancelled: number }> =>
  JSON.parse(await textOf(gateway, { server, tool: "tally" }));

/** Resolves once the server has one more call of `hold` in hand; answers how many it had begun before. */
async function inHand(server: string, begin: () => void): Promise<{ began: number; cancelled: number }> {
  const before = await tally(server);
  begin();
  await until("the server has it", async () => (await tally(server)).began > before.began);
  return before;
}

const toldToCancel = (server: string, before: { cancelled: number }): Promise<boolean> =>
  until("the server was told to cancel", async () => (await tally(server)).cancelled === before.cancelled + 1);

describe("a call that is under way", () => {
  for (const server of ["local", "remote", "modern"]) {
    it(`ends once and within a second when its server is killed, as unknown in outcome: ${server}`, async () => {
      const ends: { at: number; result: JsonObject; status: number }[] = [];
      let rest: ReturnType<typeof restCall> | undefined;
      await inHand(server, () => {
        void modernCall(gateway, `${server}__hold`, { arguments: LONG }).then(({ status, result }) =>
          ends.push({ at: performance.now(), result, status }),
        );
      });
      await inHand(server, () => {
        rest = restCall(gateway, { server, tool: "hold", arguments: LONG });
      });
      const killedAt = performance.now();
      await killServer(server);
      await until("the call ends", () => ends.length > 0);
      const answer = await rest;
      const tookMs = performance.now() - killedAt;
      assert.ok(tookMs < END_LIMIT_MS, `it took ${tookMs} ms`);
      assert.equal(answer?.status, 502);
      assert.equal(answer?.body.error.code, "OUTCOME_UNKNOWN");
      assert.equal(ends[0]?.status, 200);
      assert.equal(faultIn(ends[0]?.result)?.code, "OUTCOME_UNKNOWN");
      await revive(server);
      assert.deepEqual(await tally(server), { began: 0, cancelled: 0 }, "it was not sent again");
      assert.equal(ends.length, 1);
    });
  }

  for (const server of ["local-hasty", "remote-hasty", "modern-hasty"]) {
    it(`ends when its time is up, and the server is told: ${server}`, async () => {
      let answer: ReturnType<typeof modernCall> | undefined;
      const before = await inHand(server, () => {
        answer = modernCall(gateway, `${server}__hold`, { arguments: LONG });
      });
      const { status, result } = (await answer) ?? {};
      assert.equal(status, 200);
      assert.equal(faultIn(result)?.code, "UPSTREAM_TIMEOUT");
      assert.match(result.content[0].text, new RegExp(`${server} did not answer .* within ${TIMEOUT_MS} ms`));
      await toldToCancel(server, before);
      const rest = await restCall(gateway, { server, tool: "hold", arguments: LONG });
      assert.equal(rest.status, 504);
    });
  }

  for (const server of ["local", "remote", "modern"]) {
    it(`is cancelled at the server when a legacy client says so: ${server}`, async () => {
      const { client } = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
      const abort = new AbortController();
      const options = { signal: abort.signal };
      let ended: Promise<unknown> | undefined;
      const before = await inHand(server, () => {
        ended = client.callTool({ name: `${server}__hold`, arguments: LONG }, options).catch((error: unknown) => error);
      });
      abort.abort("enough");
      assert.ok((await ended) instanceof Error);
      await toldToCancel(server, before);
      await client.ping();
      await client.close();
    });

    it(`is cancelled at the server when a modern client closes the request: ${server}`, async () => {
      const abort = new AbortController();
      let ended: Promise<unknown> | undefined;
      const before = await inHand(server, () => {
        const options = { arguments: LONG, signal: abort.signal };
        ended = modernCall(gateway, `${server}__hold`, options).catch((error: unknown) => error);
      });
      abort.abort();
      assert.ok((await ended) instanceof Error);
      await toldToCancel(server, before);
    });
  }
});

async function killServer(server: string): Promise<void> {
  const pid = { remote: legacyHttp.pid, modern: modernHttp.pid }[server] ?? (await gateway.server(server)).pid;
  process.kill(Number(pid), "SIGKILL");
}

/** Starts an HTTP server again where it was; a stdio server is the gateway's to start. */
async function revive(server: string): Promise<void> {
  const again = (old: RunningServer, flag: string) =>
    startUpstream("holding.ts", flag, "--port", new URL(old.url).port);
  if (server === "remote") legacyHttp = await again(legacyHttp, "--http");
  if (server === "modern") modernHttp = await again(modernHttp, "--modern");
  await allUp(gateway, [server]);
}
