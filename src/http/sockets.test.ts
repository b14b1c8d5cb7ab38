import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { systemWorld } from "#lib/world.ts";
import { AUTH, JSON_TYPE, raw, send } from "./client.fixture.ts";
import { HEARTBEAT } from "./heartbeat.ts";
import { type Live, listenTo } from "./live.fixture.ts";
import { type Stage, stage, TOKEN, viewOf } from "./stage.fixture.ts";

const wsUrl = (on: Stage, query = ""): string => `${on.http.url.replace("http", "ws")}/ws${query}`;
const open = (on: Stage, query = "", headers: Record<string, string> = AUTH): Live =>
  listenTo(new WebSocket(wsUrl(on, query), { headers }));

/** The HTTP status of a handshake that is refused. */
async function refusal(on: Stage, query: string, headers: Record<string, string>): Promise<number> {
  const ws = new WebSocket(wsUrl(on, query), { headers });
  ws.on("error", () => {});
  const [, res] = await once(ws, "unexpected-response");
  ws.terminate();
  return res.statusCode;
}

const statusChange = () =>
  ({
    type: "status.changed",
    at: 5,
    name: "files",
    oldStatus: "up",
    newStatus: "down",
    reason: "exited",
    severity: "critical",
    view: viewOf("files"),
  }) as const;

describe("/ws", { timeout: 30_000 }, () => {
  test("starts with initial_status and then tells every change", async () => {
    const on = await stage();
    const live = open(on);
    const first = await live.next("initial_status");
    assert.equal(first.data.ready, true);
    assert.deepEqual(first.data.servers, [viewOf("files")]);
    on.bus.publish(statusChange());
    const change = await live.next("mcp_status_change");
    assert.equal(change.prev, first.seq);
    assert.equal(change.data.new_status, "down");
    assert.equal((await live.next("system_metrics")).data.sockets, 1);
    await on.close();
    assert.equal(await live.closed, 1001);
  });

  test("is honest before the gateway is ready and sends another snapshot when it is", async () => {
    const on = await stage();
    on.readiness = { status: "starting", reasons: ["the database is not ready"] };
    const live = open(on);
    assert.equal((await live.next("initial_status")).data.ready, false);
    on.readiness = { status: "ready", reasons: [] };
    on.bus.publish({ type: "store.changed", at: 1, state: "ready" });
    assert.equal((await live.next("initial_status")).data.ready, true);
    await on.close();
  });

  test("answers actions, and what it does not understand with an error frame on an open socket", async () => {
    const on = await stage();
    const live = open(on);
    await live.next("initial_status");
    live.ws.send(JSON.stringify({ action: "get_metadata" }));
    const { data } = await live.next("metadata");
    assert.ok(data.types.includes("mcp_status_change"));
    assert.deepEqual(data.actions, ["subscribe", "unsubscribe", "get_metadata", "ping"]);
    assert.ok(JSON.stringify(data.frame_schema).includes("circuit_breaker_state"));
    for (const odd of ["", "{", "null", '{"action":"launch"}', "[".repeat(10_000), Buffer.from([1, 2])]) {
      live.ws.send(odd);
      assert.equal((await live.next("error")).data.code, "INVALID_REQUEST");
    }
    live.ws.send(JSON.stringify({ action: "ping" }));
    await live.next("pong");
    assert.equal(live.ws.readyState, WebSocket.OPEN);
    await on.close();
  });

  test("is closed by a message over 16 KiB", async () => {
    const on = await stage();
    const live = open(on);
    await live.next("initial_status");
    live.ws.send("x".repeat(16 * 1024 + 1));
    assert.equal(await live.closed, 1009);
    await on.close();
  });
});

describe("the door of /ws", { timeout: 30_000 }, () => {
  test("refuses what has no credential, a wrong one, a foreign Host or a foreign Origin before the handshake", async () => {
    const on = await stage();
    const cases: [query: string, headers: Record<string, string>, status: number][] = [
      ["", {}, 401],
      ["", { authorization: "Bearer wrong" }, 401],
      ["?ticket=wrong", {}, 401],
      ["?ticket=", AUTH, 401],
      [`?token=${TOKEN}`, {}, 401],
      ["", { ...AUTH, host: "evil.example" }, 403],
      ["", { ...AUTH, origin: "http://evil.example" }, 403],
      ["", { ...AUTH, origin: "null" }, 403],
    ];
    for (const [query, headers, status] of cases) {
      assert.equal(await refusal(on, query, headers), status, `${query} ${JSON.stringify(headers)}`);
    }
    await on.close();
  });

  test("takes a ticket once, and a cookie only with our own Origin", async () => {
    const on = await stage();
    const tickets = await send(on.http.url, "POST /api/tickets", { headers: AUTH });
    const query = `?ticket=${JSON.parse(tickets.text).ticket}`;
    await open(on, query, { origin: on.http.url }).next("initial_status");
    assert.equal(await refusal(on, query, {}), 401);

    const body = JSON.stringify({ token: TOKEN });
    const login = await send(on.http.url, "POST /api/login", { headers: JSON_TYPE, body });
    const cookie = String(login.headers["set-cookie"]?.[0]).split(";")[0] as string;
    assert.equal(await refusal(on, "", { cookie }), 401);
    const live = open(on, "", { cookie, origin: on.http.url });
    await live.next("initial_status");
    const headers = { cookie, origin: on.http.url, "x-omni2-csrf": "1" };
    assert.equal((await send(on.http.url, "POST /api/logout", { headers })).status, 204);
    assert.equal(await live.closed, 4001, "a logout closes its sockets");
    await on.close();
  });

  test("answers other upgrades with 404 and a foreign Host there too with 403", async () => {
    const on = await stage();
    const { port } = on.http;
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    for (const path of ["/", "/mcp", "/ws/x", "//", "/api/servers"]) {
      assert.match(
        await raw(port, `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n${upgrade}`),
        /^HTTP\/1\.1 404 /,
        path,
      );
      assert.match(
        await raw(port, `GET ${path} HTTP/1.1\r\nHost: evil.example\r\n${upgrade}`),
        /^HTTP\/1\.1 403 /,
        path,
      );
    }
    await on.close();
  });

  test("has room for a fixed number of sockets", async () => {
    const on = await stage({ live: { maxSockets: 2 } });
    const first = open(on);
    await first.next("initial_status");
    await open(on).next("initial_status");
    assert.equal(await refusal(on, "", AUTH), 503);
    first.ws.close();
    await first.closed;
    await open(on).next("initial_status");
    await on.close();
  });

  test("does not count sockets of this machine per user and address", async () => {
    const on = await stage({ live: { perUser: 1, perAddress: 1 } });
    for (let n = 0; n < 3; n++) await open(on).next("initial_status");
    assert.equal(on.broadcaster.vitals().sockets, 3);
    await on.close();
  });
});

describe("a live socket", { timeout: 30_000 }, () => {
  // The same clock, only that the heartbeat's long waits pass quickly.
  const quick = {
    ...systemWorld,
    after: (ms: number, fn: () => void) =>
      systemWorld.after(ms >= HEARTBEAT.pongMs && ms <= HEARTBEAT.pingMs ? ms / 50 : ms, fn),
  };

  test("that answers pings stays, one that is silent is dropped", async () => {
    const on = await stage({ world: quick });
    const silent = listenTo(new WebSocket(wsUrl(on), { headers: AUTH, autoPong: false }));
    const alive = open(on);
    await alive.next("initial_status");
    assert.equal(await silent.closed, 1006);
    await alive.next("ping");
    await alive.next("ping");
    assert.equal(alive.ws.readyState, WebSocket.OPEN);
    assert.equal(on.broadcaster.vitals().sockets, 1);
    await on.close();
  });

  test("whose client sends pongs nobody asked for is dropped as well", async () => {
    const on = await stage({ world: quick });
    const liar = listenTo(new WebSocket(wsUrl(on), { headers: AUTH, autoPong: false }));
    await liar.next("initial_status");
    const lies = setInterval(() => liar.ws.readyState === WebSocket.OPEN && liar.ws.pong("x"), 20);
    assert.equal(await liar.closed, 1006);
    clearInterval(lies);
    await on.close();
  });

  test("that stops reading is dropped without delaying the others", async () => {
    const on = await stage();
    const stalled = connect(on.http.port, "127.0.0.1");
    stalled.on("error", () => {});
    const head = `GET /ws HTTP/1.1\r\nHost: localhost:${on.http.port}\r\nAuthorization: ${AUTH.authorization}\r\n`;
    stalled.write(
      `${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    await once(stalled, "data");
    stalled.pause();
    const alive = open(on);
    const first = await alive.next("initial_status");
    let last = first.seq as number;
    const big = { ...statusChange(), reason: "x".repeat(500_000) };
    while (on.broadcaster.vitals().sockets === 2) {
      on.bus.publish(big);
      const frame = await alive.next("mcp_status_change");
      assert.equal(frame.prev, last);
      last = frame.seq as number;
    }
    assert.equal(alive.ws.readyState, WebSocket.OPEN);
    stalled.destroy();
    await on.close();
  });
});
