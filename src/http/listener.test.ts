// Are connections kept open between requests, and closed when the gateway spares them?
import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { createListener } from "./listener.ts";

for (const [keepsAlive, path] of [
  [true, "/mcp"],
  [false, "/mcp"],
  [true, "/livez"],
  [false, "/livez"],
] as const) {
  test(`the answer to ${path} ${keepsAlive ? "leaves its connection open" : "closes its connection"}`, async (t) => {
    const answer = (_: unknown, res: ServerResponse): void => void res.end("ok");
    const listener = createListener({
      front: answer,
      people: answer,
      live: answer,
      upgrade: () => {},
      keepsAlive: () => keepsAlive,
    });
    await once(listener.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      listener.close();
      listener.closeAllConnections();
    });
    const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [text] = await once(socket, "data");
    assert.match(String(text), keepsAlive ? /\r\nConnection: keep-alive\r\n/ : /\r\nConnection: close\r\n/);
    if (!keepsAlive) await once(socket, "close");
    socket.destroy();
  });
}
