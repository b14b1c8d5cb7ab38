// Which names do users, scripts and other programs rely on? Frozen here as literals: changing one is a deliberate step.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ROUTES } from "../src/contract/api.ts";
import { FRAME_SCHEMAS, HEALTH_EVENT_TYPES } from "../src/contract/event.ts";
import { FAULTS } from "../src/contract/fault.ts";
import { CIRCUIT_STATES, HEALTHS, STATUSES } from "../src/contract/upstream.ts";
import { SEPARATOR } from "../src/policy/namespace.ts";
import { parseSettings } from "../src/settings.ts";
import { SETTING_FLAGS } from "../src/settings-flags.ts";
import { runToExit, startGateway, type TestGateway } from "./kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

const FAULT_PINS: Record<string, [http: number, rpc: number | null, exit: number]> = {
  TOOL_NOT_FOUND: [404, -32602, 1],
  SERVER_NOT_FOUND: [404, -32602, 1],
  UNAUTHENTICATED: [401, null, 1],
  FORBIDDEN: [403, null, 1],
  ORIGIN_REJECTED: [403, null, 1],
  HOST_REJECTED: [403, null, 1],
  SESSION_REQUIRED: [400, null, 1],
  SESSION_NOT_FOUND: [404, null, 1],
  UPSTREAM_UNAVAILABLE: [503, -32603, 1],
  BREAKER_OPEN: [503, -32603, 1],
  OVERLOADED: [503, -32603, 1],
  UPSTREAM_TIMEOUT: [504, -32603, 1],
  DEADLINE_EXCEEDED: [504, -32603, 1],
  OUTCOME_UNKNOWN: [502, -32603, 1],
  UPSTREAM_PROTOCOL: [502, -32603, 1],
  UPSTREAM_AUTH: [502, -32603, 1],
  RATE_LIMITED: [429, -32603, 1],
  CANCELLED: [499, null, 1],
  CONFIG_INVALID: [422, null, 4],
  CONFIG_CONFLICT: [412, null, 1],
  PARSE_ERROR: [400, -32700, 1],
  INVALID_REQUEST: [400, -32600, 1],
  INVALID_PARAMS: [400, -32602, 1],
  METHOD_NOT_FOUND: [404, -32601, 1],
  HEADER_MISMATCH: [400, -32020, 1],
  VERSION_UNSUPPORTED: [400, -32022, 1],
  BODY_TOO_LARGE: [413, null, 1],
  DRAINING: [503, null, 1],
  STORE_UNAVAILABLE: [503, null, 1],
  PORT_IN_USE: [0, null, 3],
  DATA_DIR_IN_USE: [0, null, 3],
  USAGE: [0, null, 2],
  INTERNAL: [500, -32603, 1],
};

test("every fault keeps its HTTP status, JSON-RPC code and exit code", () => {
  const actual = Object.fromEntries(
    Object.entries(FAULTS).map(([code, { http, rpc, exit }]) => [code, [http, rpc, exit]]),
  );
  assert.deepEqual(actual, FAULT_PINS);
});

test("the words for health and status stay", () => {
  assert.deepEqual([...STATUSES], ["up", "degraded", "recovering", "down", "paused", "unknown"]);
  assert.deepEqual([...HEALTHS], ["unknown", "healthy", "degraded", "unhealthy"]);
  assert.deepEqual([...CIRCUIT_STATES], ["closed", "open", "half_open", "isolated"]);
  assert.equal(SEPARATOR, "__");
});

test("routes and live frames keep their names", () => {
  assert.deepEqual(Object.keys(ROUTES).sort(), [
    "DELETE /api/servers/{name}",
    "GET /api/servers",
    "GET /api/servers/{name}",
    "GET /api/servers/{name}/stderr",
    "GET /api/session",
    "GET /api/tools",
    "GET /health",
    "GET /livez",
    "GET /metrics",
    "GET /readyz",
    "POST /api/login",
    "POST /api/logout",
    "POST /api/servers",
    "POST /api/tickets",
    "POST /api/tools/call",
  ]);
  assert.deepEqual(Object.keys(FRAME_SCHEMAS).sort(), [
    "error",
    "health_event",
    "initial_status",
    "mcp_status_change",
    "mcp_tools_changed",
    "metadata",
    "ping",
    "pong",
    "server_added",
    "server_removed",
    "system_metrics",
  ]);
  const first = ["connected", "connect_failed", "probe_failed", "probe_recovered", "disconnected", "process_exited"];
  assert.deepEqual([...HEALTH_EVENT_TYPES].slice(0, first.length), first);
});

test("flags of the command line and their defaults stay", () => {
  const flags = JSON.stringify(SETTING_FLAGS);
  for (const flag of [
    "config",
    "port",
    "host",
    "data-dir",
    "database-url",
    "redis-url",
    "admin-token",
    "log-level",
    "log-format",
  ]) {
    assert.ok(flags.includes(flag), flag);
  }
  const settings = parseSettings([], {});
  assert.equal(settings.port, 8000);
  assert.equal(settings.host, "127.0.0.1");
  assert.match(settings.dataDir, /\.omni2$/);
});

test("a command that does not exist and a port that is none end with 2", async () => {
  assert.equal((await runToExit(["nonsense"])).code, 2);
  assert.equal((await runToExit(["--port", "70000"])).code, 2);
});

describe("a clean start", () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ servers: { echo: { command: "node", args: [upstreamFile("echo.ts")] } } });
  });
  after(() => gateway.stop());

  test("says each of its lines once, the ready line last and with its fields", () => {
    const count = (msg: string): number => gateway.lines.filter((line) => line.msg === msg).length;
    assert.equal(count("MCP Coordinator started"), 1);
    assert.equal(count("WebSocket Broadcaster started"), 1);
    assert.equal(count("OMNI2 ready"), 1);
    const ready = gateway.lines.find((line) => line.msg === "OMNI2 ready");
    assert.equal(typeof ready?.url, "string");
    assert.equal(typeof ready?.startMs, "number");
    assert.equal(ready?.servers, 1);
    assert.equal(gateway.lines.find((line) => line.msg === "MCP Coordinator started")?.service, "MCP Coordinator");
  });

  test("leaves no word of errors in the log", () => {
    for (const line of gateway.lines) assert.doesNotMatch(JSON.stringify(line), /error|fail|TypeError/i);
  });

  test("keeps the names of its metrics", async () => {
    await gateway.api("POST", "/api/tools/call", { server: "echo", tool: "echo", arguments: { message: "hi" } });
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    for (const name of [
      "omni2_calls_total",
      "omni2_call_duration_seconds_bucket",
      "omni2_sessions",
      "omni2_server_status",
    ]) {
      assert.match(text, new RegExp(`^${name}`, "m"), name);
    }
  });
});
