// Does a killed server come back by itself, and does everybody hear the same story? Calls, REST, live frames and the database.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { startPostgres } from "./pg.ts";
import { allUp, faultIn, healthLog, isUp, modernCall, restCall, rows, stdio, textOf, watch } from "./recovery-kit.ts";
import { type EverythingServer, startEverything } from "./upstreams/http-everything.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const RECOVERY = ["process_exited down unhealthy", "recovery_attempt recovering unhealthy", "connected up healthy"];
const FIRST_ATTEMPT_MS = 2_000;

const postgres = await startPostgres();
const database = "skip" in postgres ? undefined : postgres.url;
let echoServer: RunningServer;
let everything: EverythingServer;
let gateway: TestGateway;

const portOf = (url: string): string => new URL(url).port;

before(async () => {
  [echoServer, everything] = await Promise.all([startUpstream("echo.ts", "--http"), startEverything("streamableHttp")]);
  gateway = await startGateway({
    servers: { local: stdio("echo.ts"), remote: { url: echoServer.url }, everything: { url: everything.url } },
    ...(database === undefined ? {} : { databaseUrl: database }),
  });
  await allUp(gateway, ["local", "remote", "everything"]);
});

after(async () => {
  await gateway?.stop();
  await Promise.all([echoServer?.stop(), everything?.stop()]);
  if ("stop" in postgres) await postgres.stop();
});

const echo = (server: string, message: string) => ({ server, tool: "echo", arguments: { message } });
const count = (server: string) => textOf(gateway, { server, tool: "count" });

describe("a stdio server that is killed", () => {
  it("is started again within two seconds, and clients keep their session", async () => {
    const watcher = await watch(gateway);
    const client = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
    for (const message of ["a", "b", "c"])
      await client.ask({ method: "tools/call", params: { name: "local__echo", arguments: { message } } });
    assert.equal(await count("local"), "3");
    const { pid } = await gateway.server("local");
    const from = watcher.frames.length;
    const killedAt = Date.now();
    process.kill(Number(pid), "SIGKILL");
    await until("it is up again", () => watcher.changes("local", from).at(-1) === "recovering>up");
    const events = watcher.events("local", from);
    assert.deepEqual(
      events.map(({ data: { event_type, server } }) => `${event_type} ${server.status} ${server.health}`),
      RECOVERY,
    );
    assert.ok((events[1]?.ts ?? Number.POSITIVE_INFINITY) - killedAt < FIRST_ATTEMPT_MS);
    assert.deepEqual(watcher.changes("local", from), ["up>down", "down>recovering", "recovering>up"]);
    const view = await gateway.server("local");
    assert.notEqual(view.pid, pid);
    assert.equal(view.attempt, 0);
    assert.match(String(view.lastFailure?.message), /SIGKILL/);
    assert.equal(await count("local"), "0", "nothing was sent again to the new process");
    const answer = await client.ask({
      method: "tools/call",
      params: { name: "local__echo", arguments: { message: "d" } },
    });
    assert.deepEqual(answer.content, [{ type: "text", text: "d" }]);
    await client.close();
    watcher.assertSound();
    watcher.close();
  });

  it("leaves the same story in the database", { skip: database === undefined }, async () => {
    const url = String(database);
    await until("the log is written", async () => (await healthLog(url, "local")).length >= 4);
    assert.deepEqual(await healthLog(url, "local"), ["connected up healthy", ...RECOVERY]);
    await until("its row is written", async () => (await rowOf(url, "local")).status === "up");
    const row = await rowOf(url, "local");
    assert.equal(row.health_status, "healthy");
    assert.equal(row.link, "connected");
    assert.ok(Number(row.total_downtime_seconds) < 30);
  });
});

const rowOf = async (url: string, server: string): Promise<Record<string, unknown>> =>
  (await rows(url, `select * from omni2.mcp_servers where name = '${server}'`))[0] ?? {};

/** Which of the two it is depends on how often it was tried already. */
const AWAY = new Set(["UPSTREAM_UNAVAILABLE", "BREAKER_OPEN"]);
/** From an attempt to a served call, on a busy machine. */
const STARTED_MS = 3_000;

describe("an HTTP server that is killed", () => {
  it("is shown as down everywhere, and calls say who is missing and when it is tried next", async () => {
    const watcher = await watch(gateway);
    const from = watcher.frames.length;
    process.kill(echoServer.pid, "SIGKILL");
    await until("it is down", async () => (await gateway.server("remote")).status === "down");
    await until("the first attempt has failed", () =>
      watcher.events("remote", from).some(({ data }) => data.event_type === "connect_failed"),
    );
    assert.equal(watcher.changes("remote", from)[0], "up>degraded");
    assert.equal(watcher.changes("remote", from)[1], "degraded>down");
    if (database !== undefined) {
      const seen = async () => `${(await rowOf(database, "remote")).health_status}`;
      await until("the database says so", async () => (await seen()) === "unhealthy");
    }
    const { status, result } = await modernCall(gateway, "remote__echo", { arguments: { message: "x" } });
    const text = result.content[0].text;
    assert.equal(status, 200);
    assert.ok(AWAY.has(faultIn(result)?.code ?? ""), faultIn(result)?.code);
    assert.equal(faultIn(result)?.server, "remote");
    assert.match(text, /^remote is (unavailable: .*The next try is|not asked now .*It is tried again) in \d+ s\.$/);
    const rest = await restCall(gateway, echo("remote", "x"));
    assert.equal(rest.status, 503);
    assert.ok(Number(rest.retryAfter) >= 1);
    assert.ok(AWAY.has(rest.body.error.code), rest.body.error.code);
    assert.equal(await isUp(gateway, "local"), true);
    watcher.assertSound();
    watcher.close();
  });

  it("serves from its next attempt on after its return, with every client's session untouched", async () => {
    const client = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
    const session = client.client.transport?.sessionId;
    const watcher = await watch(gateway);
    echoServer = await startUpstream("echo.ts", "--http", "--port", portOf(echoServer.url));
    const { nextAttemptAt } = await gateway.server("remote");
    const limitMs = Math.max(0, (nextAttemptAt ?? 0) - Date.now()) + STARTED_MS;
    await until("it is served again", () => isUp(gateway, "remote"), limitMs);
    assert.equal(await textOf(gateway, echo("remote", "first")), "first");
    const again = await client.ask({
      method: "tools/call",
      params: { name: "remote__echo", arguments: { message: "s" } },
    });
    assert.deepEqual(again.content, [{ type: "text", text: "s" }]);
    assert.equal(client.client.transport?.sessionId, session);
    assert.equal(await count("remote"), "2", "each call reached the server once");
    await until("it is up", () => watcher.changes("remote").at(-1) === "recovering>up");
    if (database !== undefined) {
      await until("the database says so", async () => (await rowOf(database, "remote")).status === "up");
      const log = (await healthLog(database, "remote")).filter((line) => !line.startsWith("circuit_"));
      assert.match(log.at(-1) ?? "", /^connected (up|recovering) healthy$/);
    }
    await client.close();
    watcher.assertSound();
    watcher.close();
  });

  it("and is back before anybody noticed gets a new session with the next call", async () => {
    const { port } = everything;
    await everything.stop();
    everything = await startEverything("streamableHttp", port);
    assert.equal(await textOf(gateway, echo("everything", "hi")), "Echo: hi");
    await until("it is up", () => isUp(gateway, "everything"));
    assert.equal(await isUp(gateway, "remote"), true);
  });
});
