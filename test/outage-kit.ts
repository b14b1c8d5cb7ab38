// The story of a gateway whose external database comes late, told once for a short and once for a long wait.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import type { Power } from "./pg.ts";
import { allUp, healthLog, modernCall, rows, stdio, textOf, type Watcher, watch } from "./recovery-kit.ts";

const STORED_HEALTH_LIMIT_MS = 30_000;
const STORED = "select name from omni2.mcp_servers where status = 'up' and health_status = 'healthy' order by name";

export interface Late {
  readonly url: string;
  readonly power: Power;
  readonly lateMs: number;
}

export const echo = (server: string, message: string) => ({ server, tool: "echo", arguments: { message } });

export async function readiness({ url }: TestGateway): Promise<{ status: number; reasons: string[] }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, reasons: ((await response.json()) as { reasons: string[] }).reasons };
}

/** Fails for a line that tells of a bug. */
export function assertNoBugs({ lines }: TestGateway): void {
  const bugs = lines.filter((line) => /unhandled|uncaught|TypeError|ReferenceError|a bug/i.test(JSON.stringify(line)));
  assert.deepEqual(bugs, []);
}

/** Starts a gateway whose database comes `lateMs` later, and asserts all that must hold before, then and after. */
export async function startWithoutDatabase({ url, power, lateMs }: Late): Promise<TestGateway> {
  const servers = { one: stdio("echo.ts"), two: stdio("modern-echo.ts", "stdio") };
  const gateway = await startGateway({ servers, databaseUrl: url, until: "Listening" });
  const watcher = await watch(gateway);
  const first = watcher.frames[0];
  assert.ok(first?.type === "initial_status" && first.data.ready === false);
  const { status, reasons } = await readiness(gateway);
  assert.equal(status, 503);
  assert.match(reasons.join(), /ECONNREFUSED|not connected/);
  await allUp(gateway, ["one", "two"]);
  const absentUntil = Date.now() + lateMs;
  await callEverywhere(gateway, absentUntil);
  const refused = await gateway.api("POST", "/api/servers", { name: "added", url: "http://127.0.0.1:9/mcp" });
  assert.equal(refused.status, 503, "a definition that cannot be kept is not accepted");
  await power.on();
  const thereAt = Date.now();
  await until("it is ready by itself", async () => (await readiness(gateway)).status === 200, STORED_HEALTH_LIMIT_MS);
  await until("health is stored", async () => (await rows(url, STORED).catch(() => [])).length === 2);
  assert.ok(Date.now() - thereAt < STORED_HEALTH_LIMIT_MS);
  await until("the sockets are told", () => watcher.of("initial_status").some(({ data }) => data.ready));
  await until("the gateway says so", () => gateway.lines.some(({ msg }) => msg === "OMNI2 ready"));
  watcher.assertSound();
  watcher.close();
  assertNoBugs(gateway);
  return gateway;
}

async function callEverywhere(gateway: TestGateway, endsAt: number): Promise<void> {
  const { client } = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
  do {
    assert.equal(await textOf(gateway, echo("one", "rest")), "rest");
    const modern = await modernCall(gateway, "two__echo", { arguments: { message: "modern" } });
    assert.equal(modern.result.content[0].text, "modern");
    const legacy = await client.callTool({ name: "one__echo", arguments: { message: "legacy" } });
    assert.deepEqual(legacy.content, [{ type: "text", text: "legacy" }]);
    assert.equal((await readiness(gateway)).status, 503);
    await sleep(200);
  } while (Date.now() < endsAt);
  await client.close();
}

/**
 * Waits until the database holds exactly what the watcher, there from the first connections on, was told: every call in the
 * per-minute rows, and the whole story of these servers. Nothing is forgotten and nothing written twice.
 */
export async function assertStored(servers: readonly string[], url: string, watcher: Watcher): Promise<void> {
  await until("every call is stored once", async () => {
    const [row] = await rows(url, "select coalesce(sum(calls), 0)::int as calls from omni2.call_minutes");
    return row?.calls === watcher.of("system_metrics").at(-1)?.data.calls;
  });
  for (const server of servers) {
    const whole = ["connected up healthy", ...watcher.story(server)];
    await until(`all of ${server} is stored`, async () => (await healthLog(url, server)).length >= whole.length);
    assert.deepEqual(await healthLog(url, server), whole);
  }
}
