// Does the listener stop at its limit, make room, tell once, and go on with what it has?
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { type Log, silentLog } from "#lib/log.ts";
import { limitConnections } from "./accept-limit.ts";

async function stage(t: TestContext, limit: number | null) {
  const world = handWorld();
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (_, line) => lines.push(line), info: (_, line) => lines.push(line) };
  const server = createServer((_, res) => res.end("ok"));
  limitConnections(server, { limit, world, log });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { world, lines, server, port, open };
}

const ended = (socket: Socket): Promise<unknown> => once(socket.resume(), "close");

test("connections beyond half of the open files are closed, told of once, and accepted again later", async (t) => {
  const { world, lines, open } = await stage(t, 4);
  // Half a request each: nothing that could be closed as idle.
  const held = [await open(), await open()];
  for (const socket of held) socket.write("GET / HTTP/1.1\r\n");
  await Promise.all([open().then(ended), open().then(ended)]);
  assert.deepEqual(lines, ["New connections are refused: 2 are open, half of the files that this process may open"]);
  world.advance(2_000);
  assert.equal(lines[1], "New connections are accepted again");
  for (const socket of held) assert.equal(socket.destroyed, false);
});

test("idle connections make room", async (t) => {
  const { open } = await stage(t, 4);
  const idle = [await open(), await open()];
  for (const socket of idle) {
    socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(socket, "data");
  }
  const gone = Promise.all(idle.map(ended));
  await open().then(ended);
  await gone;
  const socket = await open();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 200/);
});

test("without a known limit nothing is refused", async (t) => {
  const { server } = await stage(t, null);
  assert.ok(server.maxConnections === undefined || server.maxConnections === null || server.maxConnections === 0);
});
