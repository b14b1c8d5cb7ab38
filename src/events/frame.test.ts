import assert from "node:assert/strict";
import { test } from "node:test";
import { frameOf } from "./frame.ts";
import { view } from "./stage.fixture.ts";

test("a breaker's change is told with its reason, its failures and the time to its next trial", () => {
  const change = { name: "files", reason: "5 failures in a row", failures: 5, severity: "critical", view } as const;
  const frame = frameOf({
    type: "circuit.changed",
    at: 1,
    oldState: "closed",
    newState: "open",
    retryAfterMs: 30_000,
    ...change,
  });
  assert.deepEqual(frame, {
    type: "circuit_breaker_state",
    data: {
      name: "files",
      old_state: "closed",
      new_state: "open",
      reason: "5 failures in a row",
      failures: 5,
      severity: "critical",
      server: view,
      retry_after_ms: 30_000,
    },
  });
});

test("a server that the gateway gave up is told as critical, with the reason and the cycles", () => {
  const given = { name: "files", reason: "3 failed cycles", cycles: 3 };
  assert.deepEqual(frameOf({ type: "server.auto_disabled", at: 1, view, ...given }), {
    type: "mcp_auto_disabled",
    data: { ...given, severity: "critical", server: view },
  });
});
