import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, test } from "node:test";
import { type Frame, frameSchema, type GatewayEvent } from "#contract/event.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { AUTH, JSON_TYPE, send } from "./client.fixture.ts";
import { type Stage, stage, viewOf } from "./stage.fixture.ts";

interface Told {
  readonly id: string | undefined;
  readonly frames: readonly Frame[];
}

interface Reader {
  readonly res: IncomingMessage;
  readonly closed: Promise<unknown>;
  /** The next event with a frame of this type. */
  next(type: Frame["type"]): Promise<Told>;
}

/** Opens the stream and reads its events, each frame checked against the published schema. */
async function open(on: Stage, query = "", headers: Record<string, string> = AUTH): Promise<Reader> {
  const [res] = (await once(get(`${on.http.url}/api/live${query}`, { headers }), "response")) as [IncomingMessage];
  const told: Told[] = [];
  let text = "";
  res.setEncoding("utf8");
  res.on("error", () => {});
  res.on("data", (chunk: string) => {
    const events = (text + chunk).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, id, data = ""] = /^(?:id: (.*)\n)?data: (.*)$/.exec(event) ?? [];
      told.push({ id, frames: [JSON.parse(data)].flat().map((frame) => frameSchema.parse(frame)) });
    }
    res.emit("told");
  });
  return {
    res,
    closed: once(res, "close"),
    async next(type) {
      for (;;) {
        const at = told.findIndex(({ frames }) => frames.some((frame) => frame.type === type));
        if (at !== -1) return told.splice(at, 1)[0] as Told;
        await once(res, "told");
      }
    },
  };
}

const down = (reason = "exited"): GatewayEvent => ({
  type: "status.changed",
  at: 5,
  name: "files",
  oldStatus: "up",
  newStatus: "down",
  reason,
  severity: "critical",
  view: viewOf("files"),
});

describe("GET /api/live", { timeout: 30_000 }, () => {
  test("sends the frames of /ws as events, with an id to resume after", async () => {
    const on = await stage();
    const reader = await open(on);
    assert.equal(reader.res.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(reader.res.headers["cache-control"], "no-store");
    const { epoch } = on.broadcaster.vitals();
    assert.equal((await reader.next("initial_status")).id, `${epoch}:0`);
    on.bus.publish(down());
    const { id, frames } = await reader.next("mcp_status_change");
    assert.equal(id, `${epoch}:1`);
    assert.deepEqual([frames[0]?.seq, frames[0]?.prev, frames[0]?.epoch], [1, 0, epoch]);
    await reader.next("system_metrics");
    assert.equal(on.broadcaster.audience()[0]?.kind, "events");
    await on.close();
    await reader.closed;
  });

  test("resumes after Last-Event-ID, or after epoch and number, and starts anew after what it does not know", async () => {
    const on = await stage();
    const first = await open(on);
    const { id } = await first.next("initial_status");
    on.bus.publish(down());
    const { id: last = "" } = await first.next("mcp_status_change");
    first.res.destroy();
    on.bus.publish(down());
    const [epoch, after] = last.split(":");
    for (const [query, headers] of [
      ["", { "last-event-id": last }],
      [`?epoch=${epoch}&after=${after}`, {}],
    ] as const) {
      const again = await open(on, query, { ...AUTH, ...headers });
      const told = await again.next("mcp_status_change");
      assert.deepEqual(
        told.frames.map(({ seq, prev }) => [seq, prev]),
        [[2, 1]],
        `${query} after ${id}`,
      );
      again.res.destroy();
    }
    for (const odd of ["nonsense", "", "1:2:3", `${epoch}:x`, `other:1`, `${epoch}:99`, `${epoch}:-1`]) {
      const anew = await open(on, "", { ...AUTH, "last-event-id": odd });
      assert.equal((await anew.next("initial_status")).frames[0]?.seq, 2, odd);
      anew.res.destroy();
    }
    await on.close();
  });

  test("subscribes to the types named in its address, as a message on /ws would", async () => {
    const on = await stage();
    const calls = await open(on, "?event_types=call_finished,server_removed");
    const { id, frames } = await calls.next("subscribed");
    const { epoch } = on.broadcaster.vitals();
    assert.equal(id, `${epoch}:0`);
    const [{ seq, data } = {} as never] = frames as (Frame & { type: "subscribed" })[];
    assert.deepEqual([seq, data.event_types], [0, ["call_finished", "server_removed"]]);
    on.bus.publish(down());
    on.bus.publish({ type: "call.finished", at: 6, record: recordOf() });
    assert.deepEqual(
      (await calls.next("call_finished")).frames.map(({ type }) => type),
      ["call_finished"],
    );
    on.bus.publish({ type: "server.removed", at: 7, name: "files" });
    const [removed] = (await calls.next("server_removed")).frames;
    assert.deepEqual([removed?.seq, removed?.prev], [2, 0]);

    const odd = await open(on, "?event_types=call_finished,nonsense");
    const [error] = (await odd.next("error")).frames as (Frame & { type: "error" })[];
    assert.match(error?.data.message ?? "", /^event_types\.1: .*Nothing was changed\.$/);
    on.bus.publish(down());
    await odd.next("mcp_status_change");
    await on.close();
  });

  test("takes a ticket once, a bearer token or a cookie, and nobody else", async () => {
    const on = await stage();
    const tickets = await send(on.http.url, "POST /api/tickets", { headers: AUTH });
    const query = `?ticket=${JSON.parse(tickets.text).ticket}`;
    await (await open(on, query, {})).next("initial_status");
    const body = JSON.stringify({ token: AUTH.authorization.slice("Bearer ".length) });
    const login = await send(on.http.url, "POST /api/login", { headers: JSON_TYPE, body });
    const cookie = String(login.headers["set-cookie"]?.[0]).split(";")[0] as string;
    const live = await open(on, "", { cookie });
    await live.next("initial_status");
    for (const [q, headers, status] of [
      ["", {}, 401],
      [query, {}, 401],
      ["", { authorization: "Bearer wrong" }, 401],
      ["", { ...AUTH, origin: "http://evil.example" }, 403],
      ["", { cookie, origin: "http://evil.example" }, 403],
      ["", { ...AUTH, host: "evil.example" }, 403],
    ] as const) {
      const { res } = await open(on, q, headers as Record<string, string>);
      assert.equal(res.statusCode, status, `${q} ${JSON.stringify(headers)}`);
      res.destroy();
    }
    const headers = { cookie, origin: on.http.url, "x-omni2-csrf": "1" };
    assert.equal((await send(on.http.url, "POST /api/logout", { headers })).status, 204);
    await live.closed;
    await on.close();
  });

  test("shares the number of places with /ws, and gives its place back", async () => {
    const on = await stage({ live: { maxSockets: 1 } });
    const first = await open(on);
    await first.next("initial_status");
    const second = await open(on);
    assert.equal(second.res.statusCode, 503);
    assert.equal(second.res.headers["retry-after"], "10");
    second.res.destroy();
    first.res.destroy();
    for (;;) {
      const again = await open(on);
      again.res.destroy();
      if (again.res.statusCode === 200) break;
    }
    await on.close();
  });

  test("ends for a reader that has stopped, without delaying the others", async () => {
    const on = await stage();
    const stopped = await open(on);
    await stopped.next("initial_status");
    stopped.res.pause();
    const alive = await open(on);
    await alive.next("initial_status");
    const big = down("x".repeat(500_000));
    let count = 0;
    while (on.broadcaster.audience().length === 2) {
      on.bus.publish(big);
      const { frames } = await alive.next("mcp_status_change");
      assert.equal(frames.find(({ seq }) => seq !== undefined)?.prev, count++);
    }
    stopped.res.destroy();
    await on.close();
  });
});
