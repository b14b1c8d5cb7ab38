// Does a gateway that is told to stop finish what runs, refuse what comes, and end in time whatever its servers do?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { processesOf, survivors } from "./kills-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { openSession, send } from "./raw.ts";
import { allUp, modernCall, restCall, stdio } from "./recovery-kit.ts";
import { startUpstream } from "./upstreams/start.ts";

const CALL_MS = 3_000;
const AT_ONCE = 5;
/** The machine may be busy with other tests. */
const STOP_LIMIT_MS = 10_000;

const SERVERS = ["local", "remote", "stateless"];

async function startWithUpstreams(t: TestContext): Promise<TestGateway> {
  const upstreams = [await startUpstream("holding.ts", "--http"), await startUpstream("holding.ts", "--modern")];
  for (const upstream of upstreams) t.after(() => upstream.stop());
  const [remote, stateless] = upstreams.map(({ url }) => ({ type: "http", url }));
  const gateway = await startGateway({
    servers: { local: stdio("holding.ts"), remote: remote as object, stateless: stateless as object },
  });
  t.after(() => gateway.stop());
  await allUp(gateway, SERVERS);
  return gateway;
}

const held = `held for ${CALL_MS} ms`;
const hold = { arguments: { ms: CALL_MS } };

const rest = async (gateway: TestGateway, server: string): Promise<unknown> =>
  (await restCall(gateway, { server, tool: "hold", ...hold })).body.result?.content[0].text;

const modern = async (gateway: TestGateway, server: string): Promise<unknown> =>
  (await modernCall(gateway, `${server}__hold`, hold)).result.content?.[0].text;

/** Over a session that exists already. */
const legacy = async (
  gateway: TestGateway,
  session: string,
  call: { id: number; server: string },
): Promise<unknown> => {
  const params = { name: `${call.server}__hold`, ...hold };
  const body = JSON.stringify({ jsonrpc: "2.0", id: call.id, method: "tools/call", params });
  const { json } = await send(gateway.url, { path: "/mcp", headers: { "mcp-session-id": session }, body });
  return json.result?.content?.[0].text;
};

/** How many calls the servers have begun, `tally` told. */
async function began(gateway: TestGateway): Promise<number> {
  let sum = 0;
  for (const server of SERVERS) {
    const { body } = await restCall(gateway, { server, tool: "tally" });
    sum += JSON.parse(body.result.content[0].text).began;
  }
  return sum;
}

describe("SIGTERM under load", () => {
  test("every running call is answered, new ones are refused, and the exit code is 0", async (t) => {
    const gateway = await startWithUpstreams(t);
    const session = await openSession(gateway.url, "/mcp");
    const calls = SERVERS.flatMap((server, at) =>
      Array.from({ length: AT_ONCE }, (_, n) => [
        rest(gateway, server),
        modern(gateway, server),
        legacy(gateway, session, { id: 100 * at + n, server }),
      ]).flat(),
    );
    await until("all calls run", async () => (await began(gateway)) === calls.length);
    const askedAt = Date.now();
    const exited = gateway.end("SIGTERM");
    await until("the gateway drains", () => gateway.lines.some(({ msg }) => msg.startsWith("OMNI2 stops")));

    const ready = await send(gateway.url, { method: "GET", path: "/readyz" });
    assert.deepEqual([ready.status, ready.json.status], [503, "draining"]);
    assert.equal(ready.headers.connection, "close");
    assert.equal((await send(gateway.url, { method: "GET", path: "/livez" })).status, 200);
    const late = await restCall(gateway, { server: "local", tool: "tally" });
    assert.deepEqual([late.status, late.body.error.code, late.retryAfter], [503, "DRAINING", "1"]);
    const lateMcp = await modernCall(gateway, "local__tally");
    assert.equal(lateMcp.status, 503);
    const inSession = { path: "/mcp", headers: { "mcp-session-id": session } };
    const ping = await send(gateway.url, { ...inSession, body: '{"jsonrpc":"2.0","id":"p","method":"ping"}' });
    assert.deepEqual(ping.json, { jsonrpc: "2.0", id: "p", result: {} });
    const list = await send(gateway.url, { ...inSession, body: '{"jsonrpc":"2.0","id":"l","method":"tools/list"}' });
    assert.deepEqual([list.status, list.json.id, list.headers["retry-after"]], [503, "l", "1"]);

    assert.deepEqual(await Promise.all(calls), new Array(calls.length).fill(held));
    assert.equal(await exited, 0);
    const tookMs = Date.now() - askedAt;
    assert.ok(tookMs < CALL_MS + STOP_LIMIT_MS, `${tookMs} ms`);
  });

  test("a second SIGTERM ends it at once", async (t) => {
    const gateway = await startGateway({ servers: { local: stdio("holding.ts") } });
    t.after(() => gateway.stop());
    const cut = assert.rejects(rest(gateway, "local"));
    await until("the call runs", async () =>
      (await restCall(gateway, { server: "local", tool: "tally" })).body.result.content[0].text.includes('"began":1'),
    );
    void gateway.end("SIGTERM");
    await until("the gateway drains", () => gateway.lines.some(({ msg }) => msg.startsWith("OMNI2 stops")));
    const askedAt = Date.now();
    assert.equal(await gateway.end("SIGTERM"), 1);
    assert.ok(Date.now() - askedAt < 2_000);
    await cut;
  });
});

/** Opens a raw connection, sends this, and reads what comes without ever saying anything more. */
async function holdOpen(gateway: TestGateway, text: string): Promise<() => void> {
  const { port } = new URL(gateway.url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text.replaceAll("\n", "\r\n"));
  socket.on("data", () => {});
  await sleep(200);
  return () => socket.destroy();
}

describe("without a running call", () => {
  test("a gateway whose servers and clients all refuse to go still ends within ten seconds, and leaves nothing behind", async (t) => {
    const servers = {
      ...Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`plain${n}`, stdio("echo.ts")])),
      stubborn: stdio("holding.ts", "--stubborn"),
      escaping: stdio("holding.ts", "--tree", "--stubborn"),
      stopped: stdio("holding.ts", "--stubborn"),
      starting: stdio("wayward.ts", "hang"),
      babbling: stdio("wayward.ts", "babble"),
    };
    const gateway = await startGateway({ servers: { ...servers, leaving: stdio("holding.ts", "--stubborn") } });
    t.after(() => gateway.stop());
    await allUp(gateway, ["stubborn", "escaping", "stopped", "leaving"]);
    const session = await openSession(gateway.url, "/mcp");
    const host = `Host: 127.0.0.1\nAuthorization: Bearer ${gateway.token}\n`;
    const closers = [
      await holdOpen(gateway, `GET /mcp HTTP/1.1\n${host}Accept: text/event-stream\nMcp-Session-Id: ${session}\n\n`),
      await holdOpen(
        gateway,
        `GET /ws HTTP/1.1\n${host}Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n`,
      ),
      await holdOpen(gateway, `POST /mcp HTTP/1.1\n${host}Content-Type: application/json\nContent-Length: 500\n\n{`),
      await holdOpen(gateway, `GET /livez HTTP/1.1\n${host}`),
    ];
    process.kill((await gateway.server("stopped")).pid as number, "SIGSTOP");
    await gateway.configure({ mcpServers: servers });
    await until(
      "one server is being removed",
      async () => (await gateway.api("GET", "/api/servers/leaving")).status === 404,
    );
    const processes = processesOf(gateway);
    const askedAt = Date.now();
    const code = await gateway.end("SIGTERM");
    const tookMs = Date.now() - askedAt;
    for (const close of closers) close();
    assert.equal(code, 0);
    assert.ok(tookMs < STOP_LIMIT_MS, `it took ${tookMs} ms`);
    assert.equal(gateway.lines.at(-1)?.msg, "OMNI2 stopped", "it ended in order, not because its time was up");
    await until("nothing of it runs", () => survivors(gateway, processes).length === 0, 3_000);
  });

  test("a gateway whose database hangs ends in time and takes the database's process with it", async (t) => {
    const gateway = await startGateway({
      servers: { plain: stdio("echo.ts"), stubborn: stdio("holding.ts", "--stubborn") },
    });
    t.after(() => gateway.stop());
    await allUp(gateway, ["plain", "stubborn"]);
    await until("the database has told and kept", async () => (await gateway.api("GET", "/api/events")).status === 200);
    await sleep(1_000);
    const processes = processesOf(gateway);
    const database = descendantsOf(gateway.pid).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("embedded/child"),
    );
    process.kill(database as number, "SIGSTOP");
    const askedAt = Date.now();
    assert.equal(await gateway.end("SIGTERM"), 0);
    assert.ok(Date.now() - askedAt < STOP_LIMIT_MS);
    assert.equal(gateway.lines.at(-1)?.msg, "OMNI2 stopped", "it ended in order, not because its time was up");
    await until("nothing of it runs", () => survivors(gateway, processes).length === 0, 3_000);
  });
});
