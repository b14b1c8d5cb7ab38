import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf } from "#contract/record.fixture.ts";
import { send } from "./client.fixture.ts";
import { stage, viewOf } from "./stage.fixture.ts";

test("/metrics counts calls by server, kind and outcome with durations, shows each server's state and cache, and the process", async () => {
  const on = await stage();
  for (const [outcome, faultCode, durationMs] of [
    ["ok", null, 3],
    ["ok", null, 700],
    ["fault", "BREAKER_OPEN", 0.2],
  ] as const) {
    on.bus.publish({
      type: "call.finished",
      at: 1,
      record: recordOf({ server: 'fi"les', outcome, faultCode, durationMs }),
    });
  }
  on.bus.publish({
    type: "server.auto_disabled",
    at: 1,
    name: "files",
    reason: "",
    cycles: 3,
    view: viewOf("files"),
  });
  const { text, headers } = await send(on.http.url, "GET /metrics");
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  const labels = 'server="fi\\"les",kind="tool",outcome="ok",code=""';
  for (const line of [
    `omni2_calls_total{${labels}} 2`,
    'omni2_calls_total{server="fi\\"les",kind="tool",outcome="fault",code="BREAKER_OPEN"} 1',
    `omni2_call_duration_seconds_bucket{${labels},le="0.0025"} 0`,
    `omni2_call_duration_seconds_bucket{${labels},le="0.005"} 1`,
    `omni2_call_duration_seconds_bucket{${labels},le="1"} 2`,
    `omni2_call_duration_seconds_bucket{${labels},le="+Inf"} 2`,
    `omni2_call_duration_seconds_sum{${labels}} 0.703`,
    `omni2_call_duration_seconds_count{${labels}} 2`,
    'omni2_server_status{server="files",status="up"} 1',
    'omni2_circuit_state{server="files",state="closed"} 1',
    'omni2_circuit_state{server="files",state="open"} 0',
    'omni2_server_in_flight{server="files"} 0',
    'omni2_server_queued{server="files"} 0',
    'omni2_server_downtime_seconds{server="files"} 0',
    'omni2_health_events_total{server="files",type="auto_disabled"} 1',
    'omni2_build_info{version="0.0.0-test"} 1',
    "omni2_ready 1",
    "omni2_sockets 0",
    'omni2_cache_lookups_total{server="files",outcome="hit"} 3',
    'omni2_cache_lookups_total{server="files",outcome="stale"} 0',
    'omni2_cache_lookups_total{server="files",outcome="coalesced"} 1',
    'omni2_cache_lookups_total{server="files",outcome="miss"} 1',
    'omni2_cache_bypassed_total{server="files",reason="asked"} 1',
    'omni2_cache_not_kept_total{server="files",reason="tool_error"} 1',
    'omni2_cache_evictions_total{server="files"} 0',
    'omni2_cache_expirations_total{server="files"} 0',
    'omni2_cache_invalidations_total{server="files"} 0',
    'omni2_cache_entries{server="files"} 1',
    'omni2_cache_bytes{server="files"} 1000',
    'omni2_cache_saved_seconds_total{server="files"} 0.04',
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  assert.match(text, /^omni2_process_resident_memory_bytes \d+$/m);
  for (const line of text.split("\n"))
    assert.match(line, /^(?:$|# (?:HELP|TYPE) omni2_|omni2_[a-z0-9_]+(?:\{.*\})? \S+$)/);
  await on.close();
});
