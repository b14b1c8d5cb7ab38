// Which names do users, scripts and other programs rely on? Written down once more here as literals, so that changing one is
// a deliberate step with a line in the change log. Extend freely.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ROUTES, SERVER_VERBS } from "../src/contract/api.ts";
import { CALL_KINDS, DISPOSITIONS, OUTCOMES } from "../src/contract/call.ts";
import { FRAME_SCHEMAS } from "../src/contract/event.ts";
import { FAULTS } from "../src/contract/fault.ts";
import { HEALTH_EVENT_TYPES } from "../src/contract/health-event.ts";
import { SEVERITIES } from "../src/contract/severity.ts";
import { clientActionSchema } from "../src/contract/subscription.ts";
import { CHAOS_KINDS, CIRCUIT_STATES, HEALTHS, LINKS, STATUSES } from "../src/contract/upstream.ts";
import { LEGACY_VERSIONS, META, MODERN_VERSIONS } from "../src/mcp/protocol.ts";
import { mapUri } from "../src/mcp/uris.ts";
import { qualify, SEPARATOR } from "../src/policy/namespace.ts";
import { parseSettings } from "../src/settings.ts";
import { runToExit } from "./kit.ts";

test("the fault table: HTTP status, JSON-RPC code, retryable, audience, exit code", () => {
  const rows = Object.entries(FAULTS).map(([code, { http, rpc, retryable, audience, exit }]) =>
    [code, http, rpc ?? "-", retryable ? "retryable" : "final", audience, exit].join(" "),
  );
  assert.deepEqual(rows, [
    "TOOL_NOT_FOUND 404 -32602 final host 1",
    "SERVER_NOT_FOUND 404 -32602 final host 1",
    "CALL_NOT_FOUND 404 - final person 1",
    "KEY_NOT_FOUND 404 - final person 1",
    "UNAUTHENTICATED 401 - final host 1",
    "FORBIDDEN 403 - final host 1",
    "ORIGIN_REJECTED 403 - final host 1",
    "HOST_REJECTED 403 - final host 1",
    "SESSION_REQUIRED 400 - final host 1",
    "SESSION_NOT_FOUND 404 - final host 1",
    "UPSTREAM_UNAVAILABLE 503 -32603 retryable model 1",
    "BREAKER_OPEN 503 -32603 retryable model 1",
    "OVERLOADED 503 -32603 retryable model 1",
    "UPSTREAM_TIMEOUT 504 -32603 retryable model 1",
    "DEADLINE_EXCEEDED 504 -32603 final model 1",
    "OUTCOME_UNKNOWN 502 -32603 final model 1",
    "UPSTREAM_PROTOCOL 502 -32603 final host 1",
    "UPSTREAM_AUTH 502 -32603 final model 1",
    "RATE_LIMITED 429 -32603 retryable host 1",
    "CANCELLED 499 - final nobody 1",
    "CONFIG_INVALID 422 - final person 4",
    "CONFIG_CONFLICT 412 - final person 1",
    "PARSE_ERROR 400 -32700 final host 1",
    "INVALID_REQUEST 400 -32600 final host 1",
    "INVALID_PARAMS 400 -32602 final host 1",
    "METHOD_NOT_FOUND 404 -32601 final host 1",
    "HEADER_MISMATCH 400 -32020 final host 1",
    "VERSION_UNSUPPORTED 400 -32022 final host 1",
    "BODY_TOO_LARGE 413 - final host 1",
    "DRAINING 503 - retryable host 1",
    "STORE_UNAVAILABLE 503 - retryable host 1",
    "PORT_IN_USE 0 - final person 3",
    "DATA_DIR_IN_USE 0 - final person 3",
    "USAGE 0 - final person 2",
    "INTERNAL 500 -32603 final host 1",
  ]);
});

test("REST routes, and the weakest role that may use each", () => {
  assert.deepEqual(
    Object.entries(ROUTES).map(([key, route]) => `${key} ${route.for}`),
    [
      "GET /livez everybody",
      "GET /readyz everybody",
      "GET /health everybody",
      "GET /metrics everybody",
      "GET /api/session viewer",
      "POST /api/login everybody",
      "POST /api/logout viewer",
      "POST /api/tickets viewer",
      "GET /api/servers viewer",
      "POST /api/servers admin",
      "GET /api/servers/{name} viewer",
      "DELETE /api/servers/{name} admin",
      "POST /api/servers/{name}/probe operator",
      "POST /api/servers/{name}/reconnect operator",
      "POST /api/servers/{name}/enable operator",
      "POST /api/servers/{name}/disable operator",
      "POST /api/servers/{name}/isolate operator",
      "POST /api/servers/{name}/release operator",
      "POST /api/servers/{name}/reset-breaker operator",
      "POST /api/servers/{name}/chaos admin",
      "DELETE /api/servers/{name}/chaos admin",
      "GET /api/servers/{name}/health-log viewer",
      "GET /api/servers/{name}/stderr viewer",
      "GET /api/tools viewer",
      "POST /api/tools/call operator",
      "GET /api/cache viewer",
      "DELETE /api/cache operator",
      "GET /api/calls viewer",
      "GET /api/calls/{id} viewer",
      "GET /api/events viewer",
      "GET /api/timeline viewer",
      "GET /api/moment viewer",
      "GET /api/servers/{name}/minutes viewer",
      "GET /api/figures viewer",
      "GET /api/connections operator",
      "POST /api/servers/discover admin",
      "GET /api/openapi.json everybody",
      "GET /api/config operator",
      "PATCH /api/config admin",
      "GET /api/config/revisions operator",
      "POST /api/config/revisions/{n}/apply admin",
      "GET /api/keys admin",
      "POST /api/keys admin",
      "DELETE /api/keys/{id} admin",
      "GET /api/audit admin",
    ],
  );
});

const FRAMES =
  "initial_status mcp_status_change circuit_breaker_state mcp_auto_disabled health_event mcp_tools_changed cache_invalidated config_applied server_added server_removed system_metrics call_finished ping pong subscribed unsubscribed metadata error";
const HEALTH_EVENTS =
  "connected connect_failed probe_failed probe_recovered disconnected process_exited recovery_attempt catalog_refreshed stopped circuit_open circuit_half_open circuit_closed circuit_isolated crash_loop auto_disabled disabled enabled hidden shown loop_restarted chaos_started chaos_ended";
const VERBS = "probe reconnect enable disable isolate release reset-breaker";
const WORDS: [title: string, words: readonly string[], pinned: string][] = [
  ["live frames", Object.keys(FRAME_SCHEMAS), FRAMES],
  [
    "actions of live clients",
    clientActionSchema.options.map(({ shape }) => shape.action.value),
    "subscribe unsubscribe get_metadata ping",
  ],
  ["health events", HEALTH_EVENT_TYPES, HEALTH_EVENTS],
  ["severities", SEVERITIES, "info warning critical"],
  ["statuses", STATUSES, "up degraded recovering down paused unknown"],
  ["links", LINKS, "idle connecting connected closed"],
  ["healths", HEALTHS, "unknown healthy degraded unhealthy"],
  ["circuit states", CIRCUIT_STATES, "closed open half_open isolated"],
  ["verbs on servers", SERVER_VERBS, VERBS],
  ["faults of a drill", CHAOS_KINDS, "latency error hang reset"],
  ["kinds of calls", CALL_KINDS, "tool prompt resource completion"],
  ["outcomes of calls", OUTCOMES, "ok tool_error fault"],
  ["dispositions", DISPOSITIONS, "hit miss stale coalesced bypass shadow"],
  ["modern protocol versions", MODERN_VERSIONS, "2026-07-28"],
  ["legacy protocol versions", LEGACY_VERSIONS, "2025-11-25 2025-06-18 2025-03-26 2024-11-05"],
  ["our keys in _meta", [META.call, META.fault], "omni2/call omni2/fault"],
];
for (const [title, words, pinned] of WORDS) test(title, () => assert.equal(words.join(" "), pinned));

test("names on the aggregate endpoint", () => {
  assert.equal(SEPARATOR, "__");
  assert.equal(qualify("files", "read"), "files__read");
  assert.equal(mapUri("files", "file:///a"), "omni2://files/file:///a");
  assert.equal(mapUri("maps", "ui://page"), "ui://maps/page");
});

const helpOf = async (...command: string[]): Promise<string> => {
  const { code, stdout } = await runToExit([...command, "--help"]);
  assert.equal(code, 0);
  return stdout;
};
const flagsIn = (help: string): string[] =>
  [...help.matchAll(/^ +(?:-\w, )?--([\w-]+)/gm)].map(([, flag = ""]) => flag);
const commandsIn = (help: string): string[] =>
  [...help.matchAll(/^ {2}([a-z][a-z-]*)(?: \[| <| {2})/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "omni");

const SERVE_FLAGS = "config port host data-dir database-url redis-url admin-token log-level log-format";
const HELP: [command: string, flags: string, commands: string][] = [
  [
    "",
    `version help ${SERVE_FLAGS}`,
    "serve status servers chaos tools call explain cache keys config doctor validate",
  ],
  ["serve", `${SERVE_FLAGS} help`, ""],
  ["status", "url data-dir json help", ""],
  ["servers", "url data-dir json help", `add remove ${VERBS}`],
  ["servers add", "url data-dir json type header env description trusted help", ""],
  ["servers remove", "url data-dir json help", ""],
  ...VERBS.split(" ").map((verb): [string, string, string] => [`servers ${verb}`, "url data-dir json help", ""]),
  ["chaos", "url data-dir json ratio for latency help", ""],
  ["tools", "url data-dir json server help", ""],
  ["call", "url data-dir json args cache help", ""],
  ["explain", "url data-dir json help", ""],
  ["cache", "url data-dir json server help", "stats clear"],
  ["cache stats", "url data-dir json server help", ""],
  ["cache clear", "url data-dir json help", ""],
  ["keys", "url data-dir json help", "list create revoke"],
  ["keys list", "url data-dir json help", ""],
  ["keys create", "url data-dir json role expires-in-days help", ""],
  ["keys revoke", "url data-dir json help", ""],
  ["config", "help", "validate show diff apply revisions rollback"],
  ["config validate", "json help", ""],
  ["config show", "url data-dir json help", ""],
  ["config diff", "url data-dir json help", ""],
  ["config apply", "url data-dir json dry-run help", ""],
  ["config revisions", "url data-dir json limit help", ""],
  ["config rollback", "url data-dir json dry-run help", ""],
  ["doctor", `url json bundle force ${SERVE_FLAGS} help`, ""],
  ["validate", "help", "quick simple comprehensive help"],
  ["validate quick", "json help", ""],
  ["validate simple", "url data-dir json database-url help", ""],
  ["validate comprehensive", "url data-dir json help", ""],
];
describe("the command line", () => {
  for (const [command, flags, commands] of HELP) {
    test(`omni2 ${command} has its flags and commands`, async () => {
      const help = await helpOf(...command.split(" ").filter(Boolean));
      assert.equal(flagsIn(help).join(" "), flags);
      assert.equal(commandsIn(help).join(" "), commands);
    });
  }

  test("environment variables and exit codes stand in the help, and defaults are what it says", async () => {
    const help = (await helpOf()).replace(/\s+/g, " ");
    const variables = [...help.matchAll(/\[([A-Z0-9_]+)\]/g)].map(([, name]) => name);
    assert.equal(
      variables.join(" "),
      "OMNI2_CONFIG OMNI2_PORT OMNI2_HOST OMNI2_DATA_DIR DATABASE_URL REDIS_URL OMNI2_ADMIN_TOKEN LOG_LEVEL LOG_FORMAT",
    );
    assert.match(help, /0 fine, 1 fault, 2 usage, 3 data directory or port in use, 4 configuration invalid\./);
    assert.match(help, /--port <N> [^[]*\(default: 8000\)/);
    const { port, host, dataDir } = parseSettings([], {});
    assert.deepEqual([port, host], [8000, "127.0.0.1"]);
    assert.match(dataDir, /\.omni2$/);
  });
});
