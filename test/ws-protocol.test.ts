// Does `/ws` keep to RFC 6455 byte by byte, whoever is at the other end? Frames written by hand, seven families of them as
// fuzzing suites group them, then the gateway's own limits and the door itself; one gateway serves it all and serves on.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { upstreamFile } from "./upstreams/start.ts";
import { answerTo, type Case, ping, text } from "./ws-protocol/cases.ts";
import { CLOSING } from "./ws-protocol/closing.ts";
import { FRAGMENTATION } from "./ws-protocol/fragmentation.ts";
import { FRAMING } from "./ws-protocol/framing.ts";
import { HANDSHAKES, type Handshake } from "./ws-protocol/handshakes.ts";
import { knock } from "./ws-protocol/knock.ts";
import { LIMITS } from "./ws-protocol/limits.ts";
import { OPCODES } from "./ws-protocol/opcodes.ts";
import { PINGS } from "./ws-protocol/pings.ts";
import { check } from "./ws-protocol/play.ts";
import { handshakeHeaders, openRawSocket, requestText } from "./ws-protocol/raw.ts";
import { RESERVED } from "./ws-protocol/reserved.ts";
import { UTF8 } from "./ws-protocol/utf8.ts";

/** Family, cases, and how many cases such a family has in the suites that are known for it. */
const FAMILIES: readonly (readonly [name: string, cases: readonly Case[], count: number])[] = [
  ["1 framing", FRAMING, 16],
  ["2 pings and pongs", PINGS, 11],
  ["3 reserved bits", RESERVED, 7],
  ["4 opcodes", OPCODES, 10],
  ["5 fragmentation", FRAGMENTATION, 20],
  ["6 UTF-8", UTF8, 145],
  ["7 closing", CLOSING, 37],
];

let gateway: TestGateway;
before(async () => {
  gateway = await startGateway({ servers: { echo: { command: process.execPath, args: [upstreamFile("echo.ts")] } } });
});
after(() => gateway.stop());

test("the seven families have all of their 246 cases", (t) => {
  for (const [name, cases] of FAMILIES) t.diagnostic(`${name}: ${cases.length} cases`);
  t.diagnostic(`limits: ${LIMITS.length} cases; handshakes: ${HANDSHAKES.length} cases`);
  const counts = FAMILIES.map(([, cases]) => cases.length);
  assert.deepEqual(
    counts,
    FAMILIES.map(([, , count]) => count),
  );
  assert.equal(new Set(FAMILIES.flatMap(([, cases]) => cases.map(({ id }) => id))).size, 246);
});

async function checkHandshake({ request, status, holds, lacks }: Handshake): Promise<void> {
  const answer = await knock(gateway.url, request(gateway));
  assert.equal(answer.status, status, answer.text);
  if (holds !== undefined) assert.match(answer.text, holds);
  if (lacks !== undefined) assert.doesNotMatch(answer.text, lacks);
}

describe("/ws", { concurrency: 24, timeout: 120_000 }, () => {
  for (const [name, cases] of [...FAMILIES, ["limits", LIMITS] as const]) {
    describe(name, () => {
      for (const one of cases) test(`${one.id} ${one.title}`, () => check(gateway, one));
    });
  }

  describe("the handshake", () => {
    for (const one of HANDSHAKES) test(one.title, () => checkHandshake(one));

    test("a request that comes a byte at a time is given up after 10 s", async () => {
      const request = requestText("GET /ws HTTP/1.1", handshakeHeaders(gateway));
      const { status, tookMs } = await knock(gateway.url, request, 100);
      assert.equal(status, 408);
      assert.ok(tookMs >= 9_000, `after ${tookMs} ms`);
    });

    test("a client that never says anything is given up", async () => {
      assert.equal((await knock(gateway.url, "")).status, 408);
    });

    test("frames that come together with the request are answered", async () => {
      const glued: Case = { id: "glued", title: "", frames: [text()], answers: [answerTo("glued"), "pong", "pong"] };
      await check(gateway, glued, [ping("glued"), text()]);
    });
  });

  test("a client that leaves without a word is let go", async () => {
    const raw = await openRawSocket(gateway);
    await raw.send([text()]);
    raw.socket.end();
    await raw.settled();
    assert.deepEqual([raw.answers, raw.end()], [["pong"], "dropped"]);
  });

  test("a client that asks and asks but reads nothing is dropped", async () => {
    const raw = await openRawSocket(gateway);
    raw.socket.pause();
    const questions = Array.from({ length: 500 }, () => text('{"action":"get_metadata"}'));
    const endsAt = Date.now() + 30_000;
    while (raw.socket.writable && Date.now() < endsAt) await raw.send(questions);
    assert.equal(raw.socket.writable, false);
    raw.socket.destroy();
  });
});

describe("after all of that", { timeout: 60_000 }, () => {
  test("the same process serves a normal client", async () => {
    process.kill(gateway.pid, 0);
    const ws = new WebSocket(`${gateway.url.replace("http", "ws")}/ws`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    const types: string[] = [];
    ws.on("message", (data) => types.push(...[JSON.parse(String(data))].flat().map((it) => it.type)));
    await once(ws, "open");
    ws.send('{"action":"ping"}');
    await until("the ping was answered", () => types.includes("pong"));
    assert.equal(types[0], "initial_status");
    ws.close(1000);
    assert.equal((await once(ws, "close"))[0], 1000);
    const asked = { server: "echo", tool: "echo", arguments: { message: "still here" } };
    assert.match(JSON.stringify((await gateway.api("POST", "/api/tools/call", asked)).body), /still here/);
  });

  test("its health is ok, no socket is left open and no bug was logged", async () => {
    const { status, body } = await gateway.api("GET", "/health");
    assert.deepEqual([status, (body as { status: string }).status], [200, "ok"]);
    const sockets = async (): Promise<number> => {
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
      return Number(/^omni2_sockets (\d+)$/m.exec(metrics)?.[1]);
    };
    await until("every socket is gone", async () => (await sockets()) === 0);
    const loud = gateway.lines.filter(({ level }) => level === "error" || level === "fatal");
    assert.deepEqual(loud, []);
  });
});
