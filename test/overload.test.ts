// Does a gateway that is short of time, files or memory itself stay alive, shed the least important first, and blame no server?
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { send } from "./raw.ts";
import { allUp, modernCall, restCall, stdio, watch } from "./recovery-kit.ts";
import { startUpstream } from "./upstreams/start.ts";

/** Probed as often as is allowed, and with little patience. */
const health = { intervalMs: 1_000, timeoutMs: 300 };

const said = (gateway: TestGateway, words: string): boolean => gateway.lines.some(({ msg }) => msg.includes(words));

test("an event loop that is held up makes the gateway busy, and no server unwell", async () => {
  const BLOCK = `data:text/javascript,process.on("SIGUSR2", () => {
    const until = performance.now() + 500;
    while (performance.now() < until);
  });`.replaceAll("\n", "");
  const remote = await startUpstream("holding.ts", "--http");
  const gateway = await startGateway({
    servers: {
      local: { ...stdio("echo.ts"), health },
      remote: { type: "http", url: remote.url, health },
    },
    nodeArgs: ["--import", BLOCK],
  });
  await allUp(gateway, ["local", "remote"]);
  const watcher = await watch(gateway);
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
  watcher.close();
  await gateway.stop();
  await remote.stop();
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
}, async () => {
  const remotes = [await startUpstream("holding.ts", "--http"), await startUpstream("holding.ts", "--modern")];
  const [one, two] = remotes.map(({ url }) => ({ type: "http", url, health: { intervalMs: 1_000 } }));
  const gateway = await startGateway({
    servers: {
      local: { ...stdio("holding.ts"), health: { intervalMs: 1_000 } },
      one: one as object,
      two: two as object,
    },
    launcher: ["sh", "-c", `ulimit -n ${FILES}; exec "$@"`, "sh"],
  });
  await allUp(gateway, ["local", "one", "two"]);
  const watcher = await watch(gateway);
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
  const codes = (await Promise.all(calls)).map((answer) => (answer?.status === 200 ? "ok" : answer?.body.error.code));
  const refused = codes.filter((code) => code === "OVERLOADED").length;
  assert.ok(
    codes.every((code) => code === "ok" || code === "OVERLOADED"),
    JSON.stringify(codes),
  );
  assert.ok(refused > 0, "files did run out");

  await sleep(2_000);
  assert.deepEqual(
    ["local", "one", "two"].flatMap((server) => watcher.changes(server, first)),
    [],
  );
  for (const server of ["local", "one", "two"]) {
    assert.equal((await restCall(gateway, { server, tool: "hold", arguments: { ms: 1 } })).status, 200);
  }
  watcher.close();
  await gateway.stop();
  for (const remote of remotes) await remote.stop();
});

test("with little memory and large replies it answers or refuses, and never dies", async () => {
  const gateway = await startGateway({
    servers: { local: { ...stdio("echo.ts"), limits: { inFlight: 40, perPrincipal: 40 } } },
    nodeArgs: ["--max-old-space-size=64"],
  });
  await allUp(gateway, ["local"]);
  const big = { server: "local", tool: "big", arguments: { bytes: 3_000_000 } };
  const seen = new Map<string, number>();
  const caller = async (): Promise<void> => {
    for (let calls = 0; calls < 2; calls++) {
      const { status, body } = await restCall(gateway, big);
      const outcome = status === 200 ? "ok" : `${status} ${body.error.code}`;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      assert.match(outcome, /^ok$|^503 OVERLOADED$/);
    }
  };
  await Promise.all(Array.from({ length: 40 }, caller));
  assert.ok((seen.get("ok") ?? 0) > 0);
  assert.equal((await send(gateway.url, { method: "GET", path: "/livez" })).status, 200);
  await until(
    "calls are served",
    async () => (await restCall(gateway, { ...big, arguments: { bytes: 1 } })).status === 200,
  );
  assert.equal(await gateway.end("SIGTERM"), 0);
  await gateway.stop();
});
