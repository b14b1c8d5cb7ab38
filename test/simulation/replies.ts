// What do fake servers answer? Replies as bytes that name their call and say what they say to whom, and the lists of their tools.
import type { Era } from "../../src/contract/upstream.ts";
import type { Snapshot } from "../../src/upstream/snapshot.ts";
import type { Reply } from "../../src/upstream/transport.ts";
import type { Told } from "./cache-truth.ts";

/** A result, or a JSON-RPC error, with the scan that goes with it. */
export const replyTo = (text: string, error = false): Reply => (text === "" ? ANSWERED : replyWith(text, error));

function replyWith(text: string, error: boolean): Reply {
  const kind = error ? "error" : "result";
  const outcome = error ? `{"code":-32603,"message":"${text}"}` : `{"content":[{"type":"text","text":"${text}"}]}`;
  const head = `{"jsonrpc":"2.0","id":"o2-1","${kind}":`;
  const [start, end] = [head.length, head.length + outcome.length];
  return {
    bytes: Buffer.from(`${head}${outcome}}`, "latin1"),
    scan: { id: "o2-1", kind, start, end, metaEnd: -1, isError: false, resultType: null },
  };
}

/** To probes and requests for lists. */
const ANSWERED = replyWith("", false);

/** The text of an answer, and back. */
export const textOf = ({ origin, principal, tool, key, moment }: Told): string =>
  `${origin} ${principal} ${tool} ${key} ${moment}`;

export function toldBy({ bytes, scan }: Reply): Told {
  const members = bytes.toString("latin1", scan.start, scan.end).split('"');
  const text = members[members.length - 2] as string;
  const [origin = "", principal = "", tool = "", key = "", moment = ""] = text.split(" ");
  return { origin, principal, tool, key, moment: Number(moment) };
}

export const READ_TOOLS: readonly string[] = ["read", "peek"];

const inputSchema = { type: "object" };
const TOOLS = [
  ...READ_TOOLS.map((name) => ({ name, inputSchema, annotations: { readOnlyHint: true } })),
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
