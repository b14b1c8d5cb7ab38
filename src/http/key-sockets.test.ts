import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { digest } from "#access/credentials.ts";
import { newKey } from "#access/key-text.ts";
import { AUTH } from "./client.fixture.ts";
import { listenTo } from "./live.fixture.ts";
import { createSockets } from "./sockets.ts";
import { type Stage, stage } from "./stage.fixture.ts";

/** Between the end of a key and that of what it opened, in milliseconds: an own look every half second, and the goodbye. */
const CUT_LIMIT_MS = 1_000;

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

function give(on: Stage, expiresAt: number): { id: string; headers: Record<string, string> } {
  const { id, key } = newKey();
  on.keys.add({ id, name: "ann", role: "viewer", hash: digest(key), expiresAt });
  return { id, headers: { authorization: `Bearer ${key}` } };
}

async function streamUntilEnd(on: Stage, headers: Record<string, string>): Promise<number> {
  const { body, status } = await fetch(`${on.http.url}/api/live`, { headers });
  assert.equal(status, 200);
  for await (const _ of body as ReadableStream<Uint8Array>);
  return Date.now();
}

describe("a key whose time ends while it is connected", { timeout: 30_000 }, () => {
  test("loses its socket and its stream within a second, without anybody doing anything", async (t) => {
    const on = await stage();
    const endsAt = Date.now() + 1_500;
    const { headers } = give(on, endsAt);
    const live = listenTo(new WebSocket(`${on.http.url.replace("http", "ws")}/ws`, { headers }));
    const socket = live.closed.then((code) => ({ code, at: Date.now() }));
    const stream = streamUntilEnd(on, headers);
    await live.next("initial_status");
    const [{ code, at }, streamAt] = await Promise.all([socket, stream]);
    t.diagnostic(`socket ${at - endsAt} ms, stream ${streamAt - endsAt} ms after the end`);
    assert.equal(code, 4001);
    for (const ended of [at, streamAt])
      assert.ok(ended >= endsAt && ended - endsAt <= CUT_LIMIT_MS, `${ended - endsAt} ms`);
    await on.close();
  });

  test("is not let in any more", async () => {
    const on = await stage();
    on.keys.adopt([]);
    const { headers } = give(on, Date.now() - 1);
    assert.equal((await fetch(`${on.http.url}/api/live`, { headers })).status, 401);
    assert.equal((await fetch(`${on.http.url}/api/session`, { headers })).status, 401);
    await on.close();
  });
});

test("who comes from elsewhere above the rate is answered 429 on both ways in, and told when to come again", async () => {
  const on = await stage({ live: { newPerSecond: 2 } });
  const sockets = createSockets(on.deps, on.settings.live);
  const elsewhere = (req: IncomingMessage): IncomingMessage => {
    Object.defineProperty(req.socket, "remoteAddress", { value: "10.0.0.9" });
    return req;
  };
  const server = createServer((req, res) => sockets.stream(elsewhere(req), res));
  server.on("upgrade", (req, socket, head) => sockets.upgrade(elsewhere(req), socket, head));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const headers = { host: `127.0.0.1:${on.http.port}`, ...AUTH };
  const ask = async (
    more: Record<string, string> = {},
  ): Promise<[status: number, code: string | undefined, retryAfterMs: number]> => {
    const asked = request({ port, path: "/ws", headers: { ...headers, ...more } }).end();
    const [reply] = (await Promise.race([once(asked, "response"), once(asked, "upgrade")])) as [IncomingMessage];
    const { statusCode = 0 } = reply;
    if (statusCode !== 429) return [statusCode, undefined, 0];
    const { error } = JSON.parse(Buffer.concat(await reply.toArray()).toString());
    return [statusCode, error.code, error.retryAfterMs];
  };
  assert.equal((await ask())[0], 200);
  assert.equal((await ask(UPGRADE))[0], 101);
  for (const more of [{}, UPGRADE]) {
    const [status, code, retryAfterMs] = await ask(more);
    assert.deepEqual([status, code], [429, "RATE_LIMITED"]);
    assert.ok(retryAfterMs > 0 && retryAfterMs <= 500, `${retryAfterMs}`);
  }
  sockets.close();
  sockets.terminate();
  server.closeAllConnections();
  server.close();
  await on.close();
});
