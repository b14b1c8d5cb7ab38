// Does the proxy do to a connection what its toxics say, in the direction they say, and nothing else?
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, afterEach, before, describe, it, test } from "node:test";
import { until } from "./kit.ts";
import { openToxicProxy, type ToxicProxy } from "./toxic-proxy.ts";

let echo: Server;
let proxy: ToxicProxy;
const clients: Client[] = [];

before(async () => {
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  proxy = await openToxicProxy((echo.address() as { port: number }).port);
});

afterEach(async () => {
  proxy.cure();
  for (const { socket } of clients.splice(0)) socket.destroy();
  await until("every connection is gone", () => proxy.open === 0);
});

after(async () => {
  await proxy.close();
  echo.close();
});

interface Client {
  readonly socket: Socket;
  /** What came back, and in how many pieces. */
  readonly heard: { text: string; chunks: number; error: string; ended: boolean };
}

async function open(): Promise<Client> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const heard = { text: "", chunks: 0, error: "", ended: false };
  socket.on("data", (chunk) => {
    heard.text += chunk;
    heard.chunks += 1;
  });
  socket.on("end", () => (heard.ended = true));
  socket.on("error", (error) => (heard.error = (error as NodeJS.ErrnoException).code ?? "unknown"));
  const client = { socket, heard };
  clients.push(client);
  await once(socket, "connect");
  return client;
}

/** Milliseconds until `text` has come back. */
async function echoed({ socket, heard }: Client, text: string): Promise<number> {
  const startedAt = performance.now();
  const from = heard.text.length;
  socket.write(text);
  await until("the text came back", () => heard.text.length >= from + text.length);
  assert.equal(heard.text.slice(from), text);
  return performance.now() - startedAt;
}

describe("without toxics", () => {
  it("everything passes in order, and an end is an end", async () => {
    const client = await open();
    await echoed(client, "hello");
    await echoed(client, "x".repeat(1_000_000));
    client.socket.end();
    await until("the end came back", () => client.heard.ended);
    assert.equal(client.heard.error, "");
  });
});

describe("a toxic", () => {
  it("latency delays each way by so much, give or take the jitter", async () => {
    const client = await open();
    proxy.set({ latency: { ms: 150, jitterMs: 20 } });
    assert.ok((await echoed(client, "slow")) >= 250);
    proxy.set({ latency: { ms: 150 } }, "down");
    proxy.set({}, "up");
    const oneWayMs = await echoed(client, "slow");
    assert.ok(oneWayMs >= 140, `${oneWayMs} ms`);
  });

  it("bandwidth bounds the bytes per second", async () => {
    const client = await open();
    proxy.set({ bandwidth: 50_000 }, "down");
    const tookMs = await echoed(client, "x".repeat(20_000));
    assert.ok(tookMs >= 380, `${tookMs} ms`);
  });

  it("slicer cuts into pieces and keeps the order", async () => {
    const client = await open();
    proxy.set({ slicer: { bytes: 3, delayMs: 2 } }, "down");
    await echoed(client, "the quick brown fox jumps over the lazy dog");
    assert.ok(client.heard.chunks >= 5, `${client.heard.chunks} pieces`);
  });

  it("timeout lets nothing through, holds the connection open, and gives it back when it is taken away", async () => {
    const client = await open();
    await echoed(client, "before");
    proxy.set({ timeout: 0 });
    client.socket.write("lost?");
    const other = await open();
    other.socket.write("also");
    await new Promise((wake) => setTimeout(wake, 200));
    assert.equal(client.heard.text, "before");
    assert.equal(client.heard.ended, false);
    proxy.cure();
    await until("it arrives at last", () => client.heard.text === "beforelost?" && other.heard.text === "also");
  });

  it("timeout closes the connection after its time", async () => {
    const client = await open();
    proxy.set({ timeout: 100 });
    await until("it is closed", () => client.heard.ended);
  });

  it("reset_peer ends connections with a reset, old and new ones", async () => {
    const client = await open();
    proxy.set({ resetPeer: 50 });
    const other = await open();
    await until("both are reset", () => client.heard.error === "ECONNRESET" && other.heard.error === "ECONNRESET");
  });

  it("limit_data closes after so many bytes", async () => {
    const client = await open();
    proxy.set({ limitData: 10 }, "down");
    client.socket.write("x".repeat(100));
    await until("it ends", () => client.heard.ended);
    assert.equal(client.heard.text.length, 10);
  });

  it("slow_close tells the end later", async () => {
    const client = await open();
    proxy.set({ slowClose: 200 }, "down");
    const startedAt = performance.now();
    client.socket.end("bye");
    await until("the text came back", () => client.heard.text === "bye");
    await until("the end came back", () => client.heard.ended);
    assert.ok(performance.now() - startedAt >= 190);
  });
});

describe("a proxy that is down", () => {
  it("refuses connections, has closed the old ones, and comes back on its port", async () => {
    const client = await open();
    await proxy.down();
    await until("it is closed", () => client.heard.ended);
    await assert.rejects(open(), /ECONNREFUSED/);
    const { port } = proxy;
    await proxy.up();
    assert.equal(proxy.port, port);
    await echoed(await open(), "back");
    assert.ok(proxy.accepted > 0);
  });

  it("resets all at once when told to", async () => {
    const [one, two] = [await open(), await open()];
    await until("both are through", () => proxy.open === 2);
    await echoed(one, "a");
    await echoed(two, "b");
    proxy.resetAll();
    await until("both are reset", () => one.heard.error === "ECONNRESET" && two.heard.error === "ECONNRESET");
  });

  it("moves addresses to its own port", () => {
    assert.equal(proxy.through("http://127.0.0.1:1/a/mcp?x=1"), `http://127.0.0.1:${proxy.port}/a/mcp?x=1`);
  });
});

/** A connection whose end is sent and that is reset in one turn of the event loop: both timers are overdue when they run. */
const RESET_AT_THE_END = `
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { openToxicProxy } from ${JSON.stringify(import.meta.resolve("./toxic-proxy.ts"))};
const goodbye = createServer((socket) => socket.on("error", () => {}).end()).listen(0, "127.0.0.1");
await once(goodbye, "listening");
const proxy = await openToxicProxy(goodbye.address().port);
proxy.set({ slowClose: 300 }, "down");
const client = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }).resume();
client.on("error", () => {});
await once(client, "connect");
await new Promise((wake) => setTimeout(wake, 200));
setTimeout(() => proxy.resetAll(), 150);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
for (let tries = 0; tries < 100 && proxy.open > 0; tries++) await new Promise((wake) => setTimeout(wake, 20));
console.log(proxy.accepted, proxy.open);
client.destroy();
await proxy.close();
goodbye.close();
`;

test("a reset in the moment in which an end is sent closes the connection, and does not keep the process from ending", () => {
  const code = ["--input-type=module", "-e", RESET_AT_THE_END];
  const { status, stdout, stderr } = spawnSync(process.execPath, code, { timeout: 20_000, killSignal: "SIGKILL" });
  assert.deepEqual([status, String(stdout)], [0, "1 0\n"], String(stderr));
});
