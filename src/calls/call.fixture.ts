// What do the layers' tests pass around? One call, one reply as bytes, and the definition it goes to.
import { settingsOf } from "#contract/preset.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { Reply } from "#upstream/transport.ts";
import { type Answerer, type Call, createCallFactory, type Handler, type NewCall, type Target } from "./call.ts";

export const newCall = (world: World, more: Partial<NewCall> = {}): Call =>
  createCallFactory({ now: world.now, wall: world.wall, prefix: "t" }).create({
    kind: "tool",
    method: "tools/call",
    view: null,
    name: "files__read",
    params: { name: "files__read", arguments: { path: "x" } },
    principal: "local",
    era: "legacy",
    ...more,
  });

/** A reply as an upstream sends it; `outcome` is its `result` or `error` member. */
export function replyOf(outcome: { result: unknown } | { error: unknown }): Reply {
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: "o2-1", ...outcome }));
  const scan = scanReply(bytes);
  if (scan === undefined) throw new Error("the fixture's reply is not a reply");
  return { bytes, scan };
}

export const OK: Reply = replyOf({ result: { content: [{ type: "text", text: "fine" }] } });

export const definitionOf = (name: string, more: Partial<UpstreamDefinition> = {}): UpstreamDefinition => ({
  name,
  origin: "file",
  enabled: true,
  description: "",
  trusted: false,
  timeoutMs: 5_000,
  ...settingsOf("default", "http"),
  hideAfterMs: 0,
  tools: { allow: ["*"], deny: [] },
  transport: { kind: "http", url: "http://127.0.0.1:1/mcp", headers: {}, sseFallback: false },
  ...more,
});

/** An answer as a promise, also when it was there at once, or when its fault was. */
export const later =
  (answerer: Answerer): Handler =>
  async (call) =>
    answerer(call);

/** Where a call goes, in the state in which `resolve` leaves it. */
export function targetOf(server: string, more: Partial<Target> = {}): Target {
  return {
    server,
    params: {},
    headers: undefined,
    timeoutMs: 5_000,
    repeatable: false,
    definition: definitionOf(server),
    era: "legacy",
    tool: undefined,
    ...more,
  };
}

export const snapshotOf = (lists: Partial<Snapshot["lists"]>, more: Partial<Snapshot> = {}): Snapshot => ({
  era: "legacy",
  protocolVersion: "2025-11-25",
  serverInfo: null,
  instructions: null,
  capabilities: { tools: {}, prompts: {}, resources: {} },
  lists: { tools: [], prompts: [], resources: [], resourceTemplates: [], ...lists },
  hints: {},
  ...more,
});
