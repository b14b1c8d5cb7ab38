// Does the past of a server say what really happened to it? A server is killed and comes back, the gateway stops and is killed.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ConnectionsAnswer } from "#contract/connection.ts";
import type { Figure, ServerMinute, ServerTimeline, Span } from "#contract/timeline.ts";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, isUp, restCall, stdio, watch } from "./recovery-kit.ts";

let folder: string;
let gateway: TestGateway;

const start = (): Promise<TestGateway> =>
  startGateway({ servers: { echo: stdio("echo.ts"), other: stdio("echo.ts") }, folder });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "omni2-timeline-"));
  gateway = await start();
  await allUp(gateway, ["echo", "other"]);
});
after(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function items<T>(path: string): Promise<T[]> {
  const { status, body } = await gateway.api("GET", path);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { items: T[] }).items;
}

async function timeline(server = "echo"): Promise<ServerTimeline> {
  const [only, ...rest] = await items<ServerTimeline>(`/api/timeline?hours=1&server=${server}`);
  assert.ok(only !== undefined && rest.length === 0);
  assertWhole(only.spans);
  return only;
}

function assertWhole(spans: readonly Span[]): void {
  assert.ok(Math.abs((spans[0]?.from ?? 0) - (Date.now() - 3_600_000)) < 60_000);
  for (const [index, { to }] of spans.entries()) assert.equal(to, spans[index + 1]?.from ?? null);
}

const statuses = ({ spans }: ServerTimeline): string => spans.map(({ status }) => status).join(" ");

async function killServer(): Promise<number> {
  const { pid } = await gateway.server("echo");
  const at = Date.now();
  process.kill(pid as number, "SIGKILL");
  await until("it is seen", async () => !(await isUp(gateway, "echo")));
  await until("it is back", () => isUp(gateway, "echo"));
  return at;
}

describe("the timeline of a server", { timeout: 120_000 }, () => {
  it("begins unknown, because no gateway ran, and then serves", async () => {
    const { incidents, downMs, meanRecoveryMs, ...rest } = await timeline();
    assert.equal(statuses({ ...rest, incidents, downMs, meanRecoveryMs }), "unknown up");
    assert.deepEqual([incidents, downMs, meanRecoveryMs], [[], 0, null]);
  });

  it("has an incident with cause and duration when it is killed and comes back", async () => {
    const killedAt = await killServer();
    const told = await timeline();
    const [incident, ...others] = told.incidents;
    assert.ok(incident?.to, JSON.stringify(told));
    assert.equal(others.length, 0);
    assert.match(incident.cause ?? "", /SIGKILL/);
    assert.ok(incident.from >= killedAt - 5 && incident.from <= Date.now());
    const lasted = incident.to - incident.from;
    assert.ok(lasted > 0);
    assert.deepEqual([told.downMs, told.meanRecoveryMs], [lasted, lasted]);
    assert.match(statuses(told), /^unknown up ((down|recovering) )+up$/);
    assert.equal(statuses(await timeline("other")), "unknown up");
  });

  it("goes on after a restart of the gateway, and knows nothing of the time between", async () => {
    const before = await timeline();
    const stoppedAt = Date.now();
    assert.equal(await gateway.end("SIGTERM"), 0);
    const endedAt = Date.now();
    gateway = await start();
    await allUp(gateway, ["echo", "other"]);
    const told = await timeline();
    assert.equal(statuses(told), `${statuses(before)} unknown up`);
    assert.deepEqual(told.incidents, before.incidents);
    const unknown = told.spans.at(-2);
    assert.match(unknown?.reason ?? "", /No gateway ran/);
    assert.ok((unknown?.from ?? 0) >= stoppedAt && (unknown?.from ?? 0) <= endedAt, "it ends with the run");
  });

  it("after a crash of the gateway ends with the last that was told", async () => {
    await killServer();
    const before = await timeline();
    const newest = "/api/events?server=echo&type=mcp_status_change&limit=1";
    await until("it is stored", async () => {
      const [event] = await items<{ at: number }>(newest);
      return event?.at === before.spans.at(-1)?.from;
    });
    await gateway.end("SIGKILL");
    const crashedAt = Date.now();
    gateway = await start();
    await allUp(gateway, ["echo", "other"]);
    const told = await timeline();
    assert.match(statuses(told), /unknown up$/);
    assert.equal(told.incidents.length, before.incidents.length);
    assert.ok((told.spans.at(-2)?.from ?? 0) <= crashedAt);
    assert.equal(told.incidents.length, 2);
  });

  it("is told of all servers at once", async () => {
    const all = await items<ServerTimeline>("/api/timeline");
    assert.deepEqual(
      all.map(({ server }) => server),
      ["echo", "other"],
    );
  });
});

describe("what was asked of a server", { timeout: 60_000 }, () => {
  it("is counted by minute, with its faults", async () => {
    const call = { server: "echo", tool: "echo", arguments: { message: "x" } };
    for (let n = 0; n < 5; n++) assert.equal((await restCall(gateway, call)).status, 200);
    const counted = await until("five calls are counted", async () => {
      const minutes = await items<ServerMinute>("/api/servers/echo/minutes?hours=1");
      const calls = minutes.reduce((sum, minute) => sum + minute.calls, 0);
      return calls === 5 ? minutes : undefined;
    });
    for (const { at, faults, meanMs, maxMs } of counted) {
      assert.deepEqual([at % 60_000, faults], [0, 0]);
      assert.ok(meanMs !== null && maxMs !== null && meanMs > 0 && maxMs >= meanMs);
    }
    assert.deepEqual(await items("/api/servers/other/minutes"), []);
  });

  it("is in the gateway's own figures within ten seconds", async () => {
    const figures = await until("the calls are in them", async () => {
      const all = await items<Figure>("/api/figures");
      return all.reduce((sum, { calls }) => sum + calls, 0) >= 5 ? all : undefined;
    });
    const newest = figures.at(-1);
    assert.ok(newest !== undefined && newest.rssBytes > 1_000_000 && Math.abs(newest.at - Date.now()) < 12_000);
  });
});

it("who is connected is shown without their secrets", { timeout: 60_000 }, async () => {
  const watcher = await watch(gateway);
  const stream = new AbortController();
  const headers = { authorization: `Bearer ${gateway.token}` };
  await fetch(`${gateway.url}/api/live?event_types=call_finished`, { headers, signal: stream.signal });
  const sdk = await openSdk2({ url: `${gateway.url}/mcp/echo` }, "legacy");
  const answer = (await gateway.api("GET", "/api/connections")).body as ConnectionsAnswer;
  assert.deepEqual([answer.mcpTotal, answer.liveTotal], [1, 2]);
  const [session] = answer.mcp;
  assert.deepEqual(
    [session?.endpoint, session?.client, session?.principal],
    ["/mcp/echo", { name: "omni2-test", version: "1.0.0" }, "local"],
  );
  assert.ok(Math.abs((session?.seenAt ?? 0) - Date.now()) < 10_000);
  const live = answer.live.toSorted((a, b) => a.kind.localeCompare(b.kind));
  assert.deepEqual(
    live.map(({ kind, address, role, pace, subscriptions }) => [kind, address, role, pace, subscriptions]),
    [
      ["events", "127.0.0.1", "admin", "flowing", [{ event_types: ["call_finished"] }]],
      ["websocket", "127.0.0.1", "admin", "flowing", []],
    ],
  );
  assert.ok(!JSON.stringify(answer).includes(gateway.token));
  await sdk.close();
  stream.abort();
  watcher.close();
  await until("they are gone", async () => {
    const { liveTotal } = (await gateway.api("GET", "/api/connections")).body as ConnectionsAnswer;
    return liveTotal === 0;
  });
});
