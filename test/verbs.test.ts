// What can a person do to a server, and what does everybody see of it? The verbs and drills, through the front door.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ErrorAnswer, HealthLogEntry } from "../src/contract/api.ts";
import type { ServerView } from "../src/contract/upstream.ts";
import { runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { type Watcher, watch } from "./recovery-kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

const ECHO = { command: process.execPath, args: [upstreamFile("echo.ts")] };
/** A breaker that opens late, for servers whose calls shall fail without it. */
const CALM = { failures: 1_000, failureRatio: 1 };
/** A breaker that stays open for as long as a test lasts. */
const STRICT = { failures: 3, openMs: 600_000, maxOpenMs: 600_000 };
const CALL_TIMEOUT_MS = 1_500;
const SERVERS = {
  files: { ...ECHO, breaker: STRICT },
  drill: { ...ECHO, breaker: CALM, timeoutMs: CALL_TIMEOUT_MS },
};

let gateway: TestGateway;
let live: Watcher;
before(async () => {
  gateway = await startGateway({ servers: SERVERS, omni2: { chaos: { enabled: true } } });
  live = await watch(gateway);
});
after(async () => {
  live.close();
  await gateway.stop();
});

async function act(name: string, verb: string): Promise<ServerView> {
  const { status, body } = await gateway.api("POST", `/api/servers/${name}/${verb}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as ServerView;
}

const untilUp = (name: string): Promise<ServerView> =>
  until(`${name} is up`, async () => {
    const view = await gateway.server(name);
    return view.status === "up" ? view : undefined;
  });

/** Calls a tool; answers its text, or the fault's code. */
async function call(server: string, tool = "echo", input: object = { message: "hello" }): Promise<string> {
  const { status, body } = await gateway.api("POST", "/api/tools/call", { server, tool, arguments: input });
  if (status !== 200) return (body as ErrorAnswer).error.code;
  return (body as { result: { content: { text: string }[] } }).result.content[0]?.text ?? "";
}

const served = async (server: string): Promise<number> => Number(await call(server, "count", {}));

/** The last change of the breaker of "files" that a watcher was told of. */
const circuitTold = () => live.of("circuit_breaker_state").findLast(({ data }) => data.name === "files")?.data;

async function cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return await runToExit([...args, "--url", gateway.url], { OMNI2_ADMIN_TOKEN: gateway.token });
}

const drill = (name: string, request: object) => gateway.api("POST", `/api/servers/${name}/chaos`, request);
const endDrill = (name: string) => gateway.api("DELETE", `/api/servers/${name}/chaos`);

async function healthLog(name: string): Promise<HealthLogEntry[]> {
  const { status, body } = await gateway.api("GET", `/api/servers/${name}/health-log?limit=100`);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { items: HealthLogEntry[] }).items;
}

const shows = (name: string, types: readonly string[]) =>
  until(`the health log of ${name} shows ${types.join(", ")}`, async () => {
    const seen = (await healthLog(name)).map(({ eventType }) => eventType);
    return types.every((type) => seen.includes(type as HealthLogEntry["eventType"]));
  });

test("probe asks the server at once", async () => {
  const before = await untilUp("files");
  const view = await act("files", "probe");
  assert.deepEqual([view.status, view.pid], ["up", before.pid]);
  assert.ok((view.lastProbeAt ?? 0) > (before.lastProbeAt ?? 0), `${before.lastProbeAt} ${view.lastProbeAt}`);
});

test("reconnect ends the process and makes another", async () => {
  const before = await untilUp("files");
  await act("files", "reconnect");
  const view = await until("another process serves", async () => {
    const now = await gateway.server("files");
    return now.status === "up" && now.pid !== before.pid ? now : undefined;
  });
  assert.notEqual(view.pid, null);
  assert.equal(await call("files"), "hello");
});

test("disable stops the server until enable starts it", async () => {
  await untilUp("files");
  const off = await act("files", "disable");
  assert.deepEqual([off.status, off.enabled, off.enabledOverride, off.link], ["paused", false, false, "idle"]);
  assert.match(off.statusReason ?? "", /disabled/i);
  await until("its process is gone", async () => (await gateway.server("files")).pid === null);
  assert.equal(await call("files"), "UPSTREAM_UNAVAILABLE");
  const on = await act("files", "enable");
  assert.equal(on.enabled, true);
  await untilUp("files");
  assert.equal(await call("files"), "hello");
  await shows("files", ["disabled", "enabled"]);
});

test("isolate keeps every call away from the server until release lets them through", async () => {
  await untilUp("files");
  const count = await served("files");
  const off = await act("files", "isolate");
  assert.deepEqual([off.status, off.circuitState, off.circuitRetryAt], ["paused", "isolated", null]);
  assert.match(off.statusReason ?? "", /isolated by a person/i);
  await until("the watchers are told", () => circuitTold()?.new_state === "isolated");
  assert.equal(await call("files"), "BREAKER_OPEN");
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  assert.match(metrics, /^omni2_circuit_state\{server="files",state="isolated"} 1$/m);
  await act("files", "release");
  await until("calls get through", async () => (await call("files")) === "hello");
  assert.equal(await served("files"), count + 1);
  await until("its breaker is closed", async () => {
    await call("files");
    return (await gateway.server("files")).circuitState === "closed";
  });
  await until("the watchers are told that, too", () => circuitTold()?.new_state === "closed");
  await shows("files", ["circuit_isolated", "circuit_closed"]);
});

test("a drill opens the breaker for all to see, and reset-breaker lets calls through at once", async () => {
  await untilUp("files");
  const { status, body } = await drill("files", { kind: "error" });
  assert.equal(status, 200);
  assert.equal((body as ServerView).chaos?.kind, "error");
  await until("the breaker opens", async () => (await call("files")) === "BREAKER_OPEN");
  const open = await gateway.server("files");
  assert.deepEqual([open.status, open.circuitState], ["down", "open"]);
  assert.ok((open.circuitRetryAt ?? 0) > Date.now(), String(open.circuitRetryAt));
  assert.ok(open.circuitReason, "says why");
  const shown = await cli("status");
  assert.match(shown.stdout, /files +down +breaker open, next try in \d+ (?:min|s): /);

  assert.equal(((await endDrill("files")).body as ServerView).chaos, null);
  assert.equal(await call("files"), "BREAKER_OPEN");
  const view = await act("files", "reset-breaker");
  assert.deepEqual([view.status, view.circuitState, view.circuitReason], ["up", "closed", null]);
  assert.equal(await call("files"), "hello");
  await shows("files", ["chaos_started", "circuit_open", "chaos_ended", "circuit_closed"]);
  const told = live.events("files").map(({ data }) => data.event_type);
  assert.ok(told.includes("chaos_started") && told.includes("chaos_ended"), told.join());
});

test("a drill makes calls slow, fail, hang or lose their answers, and only its own server's", async () => {
  await Promise.all([untilUp("files"), untilUp("drill")]);
  const count = await served("drill");

  await drill("drill", { kind: "latency", latencyMs: 400 });
  const startedAt = performance.now();
  assert.equal(await call("drill"), "hello");
  assert.ok(performance.now() - startedAt >= 395, "the call was delayed");

  await drill("drill", { kind: "error" });
  assert.equal(await call("drill"), "UPSTREAM_UNAVAILABLE");

  await drill("drill", { kind: "hang" });
  const hung = performance.now();
  assert.equal(await call("drill"), "UPSTREAM_TIMEOUT");
  assert.ok(performance.now() - hung >= CALL_TIMEOUT_MS - 10, "the call had all its time");
  assert.equal(await call("files"), "hello");

  await drill("drill", { kind: "reset" });
  assert.equal(await call("drill"), "OUTCOME_UNKNOWN");

  await drill("drill", { kind: "error", ratio: 0 });
  assert.equal(await call("drill"), "hello");

  await endDrill("drill");
  // The slow one, the one whose answer was lost (once: it is not repeated), and the one that the drill let pass.
  assert.equal(await served("drill"), count + 3);
});

test("a drill ends by itself, and everybody is told", async () => {
  await untilUp("drill");
  await drill("drill", { kind: "error", forMs: 300 });
  await until("it is over", async () => (await gateway.server("drill")).chaos === null);
  assert.equal(await call("drill"), "hello");
  await until("a frame says so", () =>
    live
      .events("drill")
      .some(({ data }) => data.event_type === "chaos_ended" && /time of the injected faults/.test(data.message)),
  );
});

test("the command line does the same and says it in a sentence", async () => {
  await untilUp("drill");
  const isolated = await cli("servers", "isolate", "drill");
  assert.deepEqual(
    [isolated.code, isolated.stdout],
    [0, "drill is paused: isolated by a person. Release it with `omni2 servers release drill`.\n"],
  );
  const released = await cli("servers", "release", "drill", "--json");
  assert.equal((JSON.parse(released.stdout) as ServerView).name, "drill");
  await act("drill", "reset-breaker");
  const begun = await cli("chaos", "drill", "hang", "--ratio", "0.5", "--for", "5m");
  assert.match(begun.stdout, /^drill: 50 % of its calls hang for \d+ (?:min|s)\. /);
  const ended = await cli("chaos", "drill", "off");
  assert.equal(ended.stdout, "Nothing is injected into the calls of drill.\n");
  const unknown = await cli("servers", "probe", "nope");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^omni2: No server is named "nope"/);
});

test("no drill begins once the configuration forbids it", async () => {
  await gateway.configure({ mcpServers: SERVERS, omni2: { chaos: { enabled: false } } });
  const { status, body } = await until("drills are refused", async () => {
    const answer = await drill("drill", { kind: "error", ratio: 0 });
    return answer.status === 200 ? undefined : answer;
  });
  const { code, message } = (body as ErrorAnswer).error;
  assert.deepEqual([status, code], [403, "FORBIDDEN"]);
  assert.match(message, /Set omni2\.chaos\.enabled to true/);
  await endDrill("drill");
  live.assertSound();
});
