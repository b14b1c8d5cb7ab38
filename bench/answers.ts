// What does the benchmark's MCP server answer? Pure, and shared with the load, which can therefore check every byte.
// Speaks the legacy era only, without an SDK, so that the server never becomes what is measured.

export interface RpcMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Largest `bytes` argument of the tool `big`; the smallest is MIN_BIG_BYTES. */
export const MAX_BIG_BYTES = 65_536;
export const MIN_BIG_BYTES = 256;

const PROTOCOL_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26"];

const objectSchema = (properties: Record<string, { type: string }>): object => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});

const TOOLS = [
  {
    name: "echo",
    description: "Returns its message.",
    inputSchema: objectSchema({ message: { type: "string" } }),
    annotations: { readOnlyHint: true },
  },
  {
    name: "big",
    description: "Returns a text of the given length that depends on n.",
    inputSchema: objectSchema({ n: { type: "integer" }, bytes: { type: "integer" } }),
    annotations: { readOnlyHint: true },
  },
];

// Lines as they stand inside a JSON string. Each has two escaped quotes and an escaped newline, as logs and JSON in a
// text have: a text without escapes would flatter whoever scans it.
const LINE_COUNT = 1_024;
const lineOf = (index: number): string =>
  `${String(index).padStart(5, "0")} the state is "ready", and the next question is due in ${String((index * 37) % 997).padStart(3, "0")} ms\n`;
const LINE_CHARS = lineOf(0).length;
const LINE_WIRE_BYTES = JSON.stringify(lineOf(0)).length - 2;
const allLines = Buffer.from(
  Array.from({ length: LINE_COUNT }, (_, i) => JSON.stringify(lineOf(i)).slice(1, -1)).join(""),
);
const LINES_TWICE = Buffer.concat([allLines, allLines]);

/**
 * The text that `big` returns, as it stands between the quotes of a JSON string: `bytes` characters once decoded.
 * Starts and ends with n, and n also decides at which line it begins.
 */
export function bigTextWire(n: number, bytes: number): Buffer {
  const mark = `n=${n} `;
  const room = bytes - 2 * mark.length;
  const lines = Math.floor(room / LINE_CHARS);
  const from = (n % LINE_COUNT) * LINE_WIRE_BYTES;
  const padding = ".".repeat(room - lines * LINE_CHARS);
  const middle = LINES_TWICE.subarray(from, from + lines * LINE_WIRE_BYTES);
  return Buffer.concat([Buffer.from(mark), middle, Buffer.from(padding + mark)]);
}

/** The whole reply as bytes of one line without a newline, or undefined for a notification. Never throws. */
export function answer(message: RpcMessage): Buffer | undefined {
  if (message.id === undefined || message.method === undefined) return undefined;
  const id = JSON.stringify(message.id);
  const params = message.params ?? {};
  if (message.method === "tools/call") return callTool(id, params);
  const result = resultOf(message.method, params);
  if (result === undefined) return errorReply(id, -32_601, `Method not found: ${message.method}`);
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`);
}

export const errorReply = (id: string, code: number, message: string): Buffer =>
  Buffer.from(`{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`);

function resultOf(method: string, params: Readonly<Record<string, unknown>>): object | undefined {
  if (method === "ping") return {};
  if (method === "tools/list") return { tools: TOOLS };
  if (method !== "initialize") return undefined;
  const asked = String(params.protocolVersion);
  return {
    protocolVersion: PROTOCOL_VERSIONS.includes(asked) ? asked : PROTOCOL_VERSIONS[0],
    capabilities: { tools: {} },
    serverInfo: { name: "bench", version: "1.0.0" },
  };
}

function callTool(id: string, params: Readonly<Record<string, unknown>>): Buffer {
  const args = (params.arguments ?? {}) as Record<string, unknown>;
  const head = `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"`;
  const tail = `"}]}}`;
  const { message, n, bytes } = args;
  if (params.name === "echo" && typeof message === "string") {
    return Buffer.from(head + JSON.stringify(message).slice(1, -1) + tail);
  }
  if (params.name === "big" && isIndex(n) && isIndex(bytes) && bytes >= MIN_BIG_BYTES && bytes <= MAX_BIG_BYTES) {
    return Buffer.concat([Buffer.from(head), bigTextWire(n, bytes), Buffer.from(tail)]);
  }
  return errorReply(id, -32_602, "Unknown tool or bad arguments");
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
