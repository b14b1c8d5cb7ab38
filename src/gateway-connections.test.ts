import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionsSchema } from "#contract/connection.ts";
import { Sessions } from "#downstream/sessions.ts";
import type { AudienceMember } from "#events/broadcaster.ts";
import { Cancellation } from "#lib/cancel.ts";
import { handWorld } from "#lib/hand-world.ts";
import { connections, MAX_SHOWN } from "./gateway-connections.ts";

const member = (id: string, since: number): AudienceMember => ({
  id,
  kind: "websocket",
  address: "127.0.0.1",
  principal: "admin",
  role: "admin",
  since,
  subscriptions: [{ event_types: ["call_finished"] }],
  pace: "flowing",
  bufferedBytes: 5,
});

test("sessions are shown by what their clients said, most recently seen first, and never by their id", () => {
  const world = handWorld();
  const sessions = new Sessions(world);
  const fields = { principal: "local", view: null, protocolVersion: "2025-11-25" };
  const client = { name: "ide", version: "2" };
  const old = sessions.create({ ...fields, client });
  const other = sessions.create({ ...fields, view: "files" });
  const begin = world.wall();
  old.calls.add(1, new Cancellation());
  world.advance(5_000);
  sessions.find(old.id, "local", null);
  world.advance(1_000);
  const answer = connections({ world, sessions, broadcaster: { audience: () => [] } });
  const common = { principal: "local", protocolVersion: "2025-11-25", openedAt: begin, streams: 0 };
  assert.deepEqual(
    answer.mcp.map(({ id: _, ...shown }) => shown),
    [
      { ...common, endpoint: "/mcp", client, seenAt: begin + 5_000, inFlight: 1 },
      { ...common, endpoint: "/mcp/files", client: null, seenAt: begin, inFlight: 0 },
    ],
  );
  const [a, b] = answer.mcp.map(({ id }) => id);
  assert.match(`${a} ${b}`, /^[0-9a-f]{12} [0-9a-f]{12}$/);
  assert.notEqual(a, b);
  for (const { id } of [old, other]) assert.ok(!JSON.stringify(answer).includes(id));
  connectionsSchema.parse(answer);
});

test("live connections are shown newest first, not more than can be shown, and all are counted", () => {
  const world = handWorld();
  const audience = () => Array.from({ length: MAX_SHOWN + 5 }, (_, n) => member(`m${n}`, n));
  const sessions = new Sessions(world);
  for (let n = 0; n < MAX_SHOWN + 3; n++) {
    sessions.create({ principal: "local", view: null, protocolVersion: "2025-11-25" });
  }
  const answer = connections({ world, sessions, broadcaster: { audience } });
  assert.deepEqual([answer.live.length, answer.liveTotal, answer.live[0]?.id], [MAX_SHOWN, MAX_SHOWN + 5, "m1004"]);
  assert.deepEqual([answer.mcp.length, answer.mcpTotal], [MAX_SHOWN, MAX_SHOWN + 3]);
  const { since: _, ...shown } = member("m1004", 1_004);
  assert.deepEqual(answer.live[0], { ...shown, openedAt: 1_004 });
  connectionsSchema.parse(answer);
});
