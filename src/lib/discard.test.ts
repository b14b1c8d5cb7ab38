import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { discardBody } from "./discard.ts";
import { type HandWorld, handWorld, settle } from "./hand-world.ts";

const world: HandWorld = handWorld();
let server: Server;

before(async () => {
  server = createServer((req, res) => {
    res.writeHead(413, { "content-length": 2, connection: "close" });
    res.write("no");
    discardBody(req, world, () => res.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});
after(() => {
  server.closeAllConnections();
  server.close();
});

interface Talk {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  heard: string;
}

function talk(): Talk {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const talking: Talk = { socket, heard: "", closed: once(socket, "close") };
  socket.on("data", (chunk) => (talking.heard += chunk));
  socket.on("error", () => {});
  return talking;
}

test("a client that sends all before it reads gets its answer", async () => {
  const talking = talk();
  const size = 20 * 1024 * 1024;
  talking.socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`);
  talking.socket.write(Buffer.alloc(size, 0x20));
  await talking.closed;
  assert.match(talking.heard, /^HTTP\/1\.1 413 [\s\S]*no$/);
});

test("a client that never ends is cut off", async () => {
  const talking = talk();
  talking.socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nab");
  while (!talking.heard.endsWith("no")) await settle();
  assert.equal(world.timers, 1);
  world.advance(2_000);
  await talking.closed;
  assert.equal(world.timers, 0);
});
