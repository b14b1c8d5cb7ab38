// What do fake servers answer? Replies as bytes that name their call, and the lists of two tools.
import type { Era } from "../../src/contract/upstream.ts";
import type { Snapshot } from "../../src/upstream/snapshot.ts";
import type { Reply } from "../../src/upstream/transport.ts";

/** A result, or a JSON-RPC error, with the scan that goes with it. */
export function replyTo(callId: string, error: boolean): Reply {
  const kind = error ? "error" : "result";
  const outcome = error ? `{"code":-32603,"message":"${callId}"}` : `{"content":[{"type":"text","text":"${callId}"}]}`;
  const head = `{"jsonrpc":"2.0","id":"o2-1","${kind}":`;
  const [start, end] = [head.length, head.length + outcome.length];
  return {
    bytes: Buffer.from(`${head}${outcome}}`, "latin1"),
    scan: { id: "o2-1", kind, start, end, metaEnd: -1, isError: false, resultType: null },
  };
}

const inputSchema = { type: "object" };
const TOOLS = [
  { name: "read", inputSchema, annotations: { readOnlyHint: true } },
  { name: "write", inputSchema },
];

/** What a server says about itself; another revision has another tool. */
export const snapshotOf = (revision: number, era: Era): Snapshot => ({
  era,
  protocolVersion: "2025-11-25",
  serverInfo: null,
  instructions: null,
  capabilities: { tools: {} },
  lists: {
    tools: [...TOOLS, { name: `extra${revision}`, inputSchema }],
    prompts: [],
    resources: [],
    resourceTemplates: [],
  },
  hints: {},
});
