// Does a gateway that is short of time, files or memory itself stay alive, shed the least important first, and blame no server?
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { openSession, send } from "./raw.ts";
import { allUp, faultIn, modernCall, restCall, stdio, watch } from "./recovery-kit.ts";
import { startUpstream } from "./upstreams/start.ts";

/** Probed as often as is allowed, and with little patience. */
const health = { intervalMs: 1_000, timeoutMs: 300 };

const said = (gateway: TestGateway, words: string): boolean => gateway.lines.some(({ msg }) => msg.includes(words));

test("an event loop that is held up makes the gateway busy, and no server unwell", async (t) => {
  const BLOCK = `data:text/javascript,process.on("SIGUSR2", () => {
    const until = performance.now() + 500;
    while (performance.now() < until);
  });`.replaceAll("\n", "");
  const remote = await startUpstream("holding.ts", "--http");
  t.after(() => remote.stop());
  const gateway = await startGateway({
    servers: {
      local: { ...stdio("echo.ts"), health },
      remote: { type: "http", url: remote.url, health },
    },
    nodeArgs: ["--import", BLOCK],
  });
  t.after(() => gateway.stop());
  await allUp(gateway, ["local", "remote"]);
  const watcher = await watch(gateway);
  t.after(() => watcher.close());
  const first = watcher.frames.length;
  let refusedLists = 0;
  for (let times = 0; times < 10; times++) {
    process.kill(gateway.pid, "SIGUSR2");
    await sleep(150);
    const answer = await modernCall(gateway, "local__echo", { arguments: { message: "still here" } });
    assert.equal(answer.result.content[0].text, "still here");
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list", params: META_PARAMS };
    const list = await send(gateway.url, { path: "/mcp", headers: LIST_HEADERS, body: JSON.stringify(body) });
    if (list.status === 200) continue;
    refusedLists++;
    assert.deepEqual([list.status, list.json.id, list.headers["retry-after"]], [503, 1, "2"]);
    assert.match(list.json.error.message, /gateway itself is overloaded .*list requests.*Try again in 2 s/);
    assert.equal((await send(gateway.url, { method: "GET", path: "/livez" })).status, 200);
  }
  assert.ok(refusedLists > 0);
  await until("it is calm again", () => said(gateway, "The gateway is calm"));
  assert.deepEqual(watcher.changes("local", first).concat(watcher.changes("remote", first)), []);
  const events = ["local", "remote"].flatMap((server) => watcher.events(server, first));
  assert.deepEqual(
    events.map(({ data }) => data.event_type),
    [],
  );
});

const META_PARAMS = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};
const LIST_HEADERS = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };

const FILES = 256;

/** Opens connections that never finish their request. Answers those that stay open after a moment. */
async function crowd(gateway: TestGateway, count: number): Promise<Socket[]> {
  const port = Number(new URL(gateway.url).port);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n");
    socket.resume();
    return socket;
  });
  await sleep(1_000);
  return sockets.filter(({ closed, readyState }) => !closed && readyState === "open");
}

test("without files to open it refuses connections, finishes its calls, and blames no server", {
  skip: process.platform !== "linux",
}, async (t) => {
  const remotes = [await startUpstream("holding.ts", "--http"), await startUpstream("holding.ts", "--modern")];
  for (const remote of remotes) t.after(() => remote.stop());
  const [one, two] = remotes.map(({ url }) => ({ type: "http", url, health: { intervalMs: 1_000 } }));
  const gateway = await startGateway({
    servers: {
      local: { ...stdio("holding.ts"), health: { intervalMs: 1_000 } },
      one: one as object,
      two: two as object,
    },
    launcher: ["sh", "-c", `ulimit -n ${FILES}; exec "$@"`, "sh"],
  });
  t.after(() => gateway.stop());
  await allUp(gateway, ["local", "one", "two"]);
  const watcher = await watch(gateway);
  t.after(() => watcher.close());
  const first = watcher.frames.length;

  const running = ["local", "one", "two"].map((server) =>
    restCall(gateway, { server, tool: "hold", arguments: { ms: 3_000 } }),
  );
  await sleep(500);
  const crowded = await crowd(gateway, 200);
  assert.ok(crowded.length <= FILES / 2, `${crowded.length} connections stay`);
  assert.ok(said(gateway, "New connections are refused"));
  for (const { status } of await Promise.all(running)) assert.equal(status, 200);
  const gone = crowded.map((socket) => once(socket, "close"));
  for (const socket of crowded) socket.destroy();
  await Promise.all(gone);
  await until("connections are accepted again", () => said(gateway, "New connections are accepted again"));

  // As many calls as there may be connections: with the sockets to the servers that is more than all files.
  const calls = Array.from({ length: FILES / 2 - 10 }, (_, n) =>
    restCall(gateway, { server: n % 2 === 0 ? "one" : "two", tool: "hold", arguments: { ms: 1_500 } }).catch(
      () => undefined,
    ),
  );
  const codes = (await Promise.all(calls)).map((answer) => {
    if (answer === undefined) return "no connection";
    return answer.status === 200 ? "ok" : answer.body.error.code;
  });
  assert.deepEqual(
    codes.filter((code) => !["ok", "OVERLOADED", "no connection"].includes(code)),
    [],
  );
  assert.ok(codes.includes("OVERLOADED"), "files did run out");
  assert.ok(codes.filter((code) => code === "ok").length > FILES / 4);

  await sleep(2_000);
  assert.deepEqual(
    ["local", "one", "two"].flatMap((server) => watcher.changes(server, first)),
    [],
  );
  for (const server of ["local", "one", "two"]) {
    assert.equal((await restCall(gateway, { server, tool: "hold", arguments: { ms: 1 } })).status, 200);
  }
});

const MEMORY_MIB = 256;

/** Loaded before the gateway: SIGUSR2 fills its heap to 96.5 %, SIGPIPE lets go of it. */
const HOARDER = `data:text/javascript,
  import { getHeapStatistics } from "node:v8";
  let hoard = [];
  const full = 0.965 * ${MEMORY_MIB} * 2 ** 20;
  process.on("SIGUSR2", () => {
    while (getHeapStatistics().used_heap_size < full) hoard.push(new Array(50_000).fill(0.5));
  });
  process.on("SIGPIPE", () => { hoard = []; gc(); });`.replaceAll("\n", "");

test("with a full heap it refuses calls in words, goes on with control and running calls, and recovers", async (t) => {
  const gateway = await startGateway({
    servers: { local: stdio("holding.ts") },
    nodeArgs: [`--max-old-space-size=${MEMORY_MIB}`, "--expose-gc", "--import", HOARDER],
  });
  t.after(() => gateway.stop());
  await allUp(gateway, ["local"]);
  const hold = (ms: number) => restCall(gateway, { server: "local", tool: "hold", arguments: { ms } });
  const running = hold(4_000);
  const session = await openSession(gateway.url, "/mcp");
  await sleep(500);
  process.kill(gateway.pid, "SIGUSR2");
  await until("it says so", () => said(gateway, "The gateway is critical"));

  const refused = await hold(1);
  assert.deepEqual([refused.status, refused.body.error.code, refused.retryAfter], [503, "OVERLOADED", "2"]);
  const { status, result } = await modernCall(gateway, "local__hold", { arguments: { ms: 1 } });
  assert.deepEqual([status, faultIn(result)?.code, faultIn(result)?.retryAfterMs], [200, "OVERLOADED", 2_000]);
  assert.match(result.content[0].text, /gateway itself is overloaded .*Try again in 2 s/);
  for (const path of ["/livez", "/readyz", "/health"]) {
    const { status, headers } = await send(gateway.url, { method: "GET", path });
    assert.deepEqual([status, headers.connection], [200, "close"], path);
  }
  assert.equal((await gateway.api("GET", "/api/servers")).status, 200);
  const ping = {
    path: "/mcp",
    headers: { "mcp-session-id": session },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  };
  assert.equal((await send(gateway.url, ping)).status, 200);
  await openSession(gateway.url, "/mcp");
  await assert.rejects(upgrade(gateway), /503/);
  assert.equal((await running).status, 200);

  process.kill(gateway.pid, "SIGPIPE");
  await until("it is calm again", () => said(gateway, "The gateway is calm"));
  assert.equal((await hold(1)).status, 200);
  assert.equal((await gateway.server("local")).status, "up");
  assert.equal(await gateway.end("SIGTERM"), 0);
});

/** Tries to open a live socket; rejects with the refusal. */
function upgrade(gateway: TestGateway): Promise<void> {
  const headers = { authorization: `Bearer ${gateway.token}` };
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws`, { headers });
  return new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
}

test("with little memory and large replies it answers or refuses, and never dies", async (t) => {
  const gateway = await startGateway({
    servers: { local: { ...stdio("echo.ts"), limits: { inFlight: 40, perPrincipal: 40 } } },
    nodeArgs: ["--max-old-space-size=64"],
  });
  t.after(() => gateway.stop());
  await allUp(gateway, ["local"]);
  const big = (bytes: number) => restCall(gateway, { server: "local", tool: "big", arguments: { bytes } });
  const answers = await Promise.all(Array.from({ length: 40 }, () => big(3_000_000)));
  const outcomes = new Set(answers.map(({ status, body }) => (status === 200 ? "ok" : body.error.code)));
  assert.deepEqual(
    [...outcomes].filter((outcome) => outcome !== "ok" && outcome !== "OVERLOADED"),
    [],
  );
  assert.ok(outcomes.has("ok"));
  await until("calls are served", async () => (await big(1)).status === 200);
  assert.equal(await gateway.end("SIGTERM"), 0);
});
