// What does a faulty server say while it behaves? Plain answers to the handshake, lists and pings of either era, as objects.
export type Json = Record<string, unknown>;
export type Id = string | number;

export interface Message {
  readonly id?: Id;
  readonly method?: string;
  readonly params?: Json;
}

export type Era = "legacy" | "modern";

/** A message with an id: it wants an answer. */
export interface Request extends Message {
  readonly id: Id;
  readonly method: string;
}

export const isRequest = (message: Message): message is Request =>
  message.id !== undefined && message.method !== undefined;

export const MODERN = "2026-07-28";
const INFO = { name: "faulty", version: "1.0.0" };
const CAPABILITIES = { tools: { listChanged: true }, logging: {} };

const schema = (properties: Json) => ({ type: "object", properties });
const text = { type: "string" };

const TOOLS: Json[] = [
  {
    name: "echo",
    description: "Answers the message",
    inputSchema: schema({ message: text }),
    annotations: { readOnlyHint: true },
  },
  {
    name: "behave",
    description: "Does what it is told, to its own answer or to the whole server",
    inputSchema: schema({ do: text, key: text }),
  },
  {
    name: "add_one",
    description: "Counts one execution outside of the process; not idempotent",
    inputSchema: schema({ key: text, do: text }),
  },
];

export const result = (id: unknown, value: unknown) => ({ jsonrpc: "2.0", id, result: value });
export const failure = (id: unknown, code: number, message: string) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message },
});
export const textResult = (value: string, more: Json = {}) => ({ content: [{ type: "text", text: value }], ...more });

const complete = (value: Json): Json => ({
  ...value,
  resultType: "complete",
  _meta: { "io.modelcontextprotocol/serverInfo": INFO },
});

const UNKNOWN_METHOD = -32601;
const UNSUPPORTED_VERSION = -32022;

const speaksModern = ({ _meta }: Json): boolean =>
  (_meta as Json | undefined)?.["io.modelcontextprotocol/protocolVersion"] === MODERN;

const unsupported = (id: Id): Json => {
  const error = { code: UNSUPPORTED_VERSION, message: "Unsupported protocol version", data: { supported: [MODERN] } };
  return { jsonrpc: "2.0", id, error };
};

interface World {
  readonly era: Era;
  /** What `initialize` claims to speak instead of what was asked for. */
  readonly lie: string | undefined;
  /** Added to the list of tools, so that it changes. */
  readonly extraTool: string | undefined;
}

/** The answer to everything but a tool call; undefined for a tool call that may be made. */
export function answerOf({ id, method, params = {} }: Request, { era, lie, extraTool }: World): Json | undefined {
  const modern = era === "modern";
  if (modern && !speaksModern(params)) return unsupported(id);
  if (method === "tools/call") return undefined;
  if (method === "tools/list") {
    const tools = extraTool === undefined ? TOOLS : [...TOOLS, { name: extraTool, inputSchema: schema({}) }];
    return result(id, modern ? complete({ tools, ttlMs: 0, cacheScope: "private" }) : { tools });
  }
  if (modern && method === "server/discover") {
    const hints = { ttlMs: 0, cacheScope: "private" };
    return result(id, complete({ supportedVersions: [lie ?? MODERN], capabilities: CAPABILITIES, ...hints }));
  }
  if (!modern && method === "initialize") {
    const protocolVersion = lie ?? params.protocolVersion;
    return result(id, { protocolVersion, capabilities: CAPABILITIES, serverInfo: INFO });
  }
  if (!modern && (method === "ping" || method === "logging/setLevel")) return result(id, {});
  return failure(id, UNKNOWN_METHOD, `Method not found: ${method}`);
}
