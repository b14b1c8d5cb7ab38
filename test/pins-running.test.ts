// Which names does a running gateway use that people and programs rely on? The other half of pins.test.ts.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway, type TestGateway } from "./kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

describe("a running gateway", () => {
  let gateway: TestGateway;
  before(async () => {
    gateway = await startGateway({ servers: { echo: { command: process.execPath, args: [upstreamFile("echo.ts")] } } });
  });
  after(() => gateway.stop());

  test("says each start-up line once, the ready line last, and not a word of trouble", () => {
    const once = (msg: string): Record<string, unknown> => {
      const said = gateway.lines.filter((line) => line.msg === msg);
      assert.equal(said.length, 1, msg);
      return { ...said[0] };
    };
    assert.equal(once("MCP Coordinator started").service, "MCP Coordinator");
    assert.equal(once("Tool Cache started").service, "Tool Cache");
    assert.equal(once("WebSocket Broadcaster started").service, "WebSocket Broadcaster");
    const { url, startMs, servers, level } = once("OMNI2 ready");
    assert.deepEqual([url, servers, level], [gateway.url, 1, "info"]);
    assert.ok(Number.isInteger(startMs) && (startMs as number) > 0);
    assert.equal(gateway.lines.at(-1)?.msg, "OMNI2 ready");
    for (const line of gateway.lines) assert.doesNotMatch(JSON.stringify(line), /error|fail|warn|TypeError/i);
  });

  test("metrics of ours have these names and types, those of the process and of Node come beside them", async () => {
    await gateway.api("POST", "/api/tools/call", { server: "echo", tool: "echo", arguments: { message: "x" } });
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    assert.deepEqual(
      families.filter((family) => !/^omni2_(?:process|nodejs)_/.test(family)),
      [
        "omni2_build_info gauge",
        "omni2_ready gauge",
        "omni2_uptime_seconds gauge",
        "omni2_sessions gauge",
        "omni2_sockets gauge",
        "omni2_calls_total counter",
        "omni2_call_duration_seconds histogram",
        "omni2_server_status gauge",
        "omni2_circuit_state gauge",
        "omni2_server_tools gauge",
        "omni2_server_consecutive_failures gauge",
        "omni2_server_in_flight gauge",
        "omni2_server_queued gauge",
        "omni2_server_downtime_seconds gauge",
        "omni2_health_events_total counter",
        "omni2_overload_level gauge",
        "omni2_shed_total counter",
        "omni2_retries_total counter",
        "omni2_retry_budget_refusals_total counter",
        "omni2_cache_lookups_total counter",
        "omni2_cache_watched_total counter",
        "omni2_cache_bypassed_total counter",
        "omni2_cache_not_kept_total counter",
        "omni2_cache_evictions_total counter",
        "omni2_cache_expirations_total counter",
        "omni2_cache_invalidations_total counter",
        "omni2_cache_entries gauge",
        "omni2_cache_bytes gauge",
        "omni2_cache_saved_seconds_total counter",
      ],
    );
    assert.ok(families.includes("omni2_process_resident_memory_bytes gauge"));
    assert.ok(families.includes("omni2_nodejs_eventloop_lag_seconds gauge"));
    assert.match(text, /^omni2_calls_total\{server="echo",kind="tool",outcome="ok",code=""} 1$/m);
    assert.match(text, /^omni2_server_status\{server="echo",status="up"} 1$/m);
    assert.match(text, /^omni2_circuit_state\{server="echo",state="closed"} 1$/m);
    assert.match(text, /^omni2_health_events_total\{server="echo",type="connected"} 1$/m);
  });

  test("a client that initializes gets the version it asked for and the gateway's name", async () => {
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "pin", version: "1" } };
    const { body } = await gateway.api("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "initialize", params });
    const { result } = body as { result: { protocolVersion: string; serverInfo: { name: string } } };
    assert.deepEqual([result.protocolVersion, result.serverInfo.name], ["2025-06-18", "omni2"]);
  });
});
