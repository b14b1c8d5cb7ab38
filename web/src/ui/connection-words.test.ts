import assert from "node:assert/strict";
import { test } from "node:test";
import { subscriptionWords } from "./connection-words.ts";

test("without a subscription a reader gets everything but calls", () => {
  assert.equal(subscriptionWords([]), "Everything but calls");
  assert.equal(subscriptionWords([{}]), "everything but calls");
});

test("subscriptions are told with their types, servers and severities; many types are counted", () => {
  const filters = { servers: ["github", "files"], severities: ["critical" as const, "warning" as const] };
  assert.equal(
    subscriptionWords([{ event_types: ["mcp_status_change"], filters }, { event_types: ["call_finished"] }]),
    "mcp_status_change of github, files, critical or warning only; call_finished",
  );
  const three = ["health_event", "system_metrics", "call_finished"] as const;
  assert.equal(subscriptionWords([{ event_types: [...three] }]), "3 types");
});
