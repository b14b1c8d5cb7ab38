// What does a counted server answer? A tool says by default its name and how often it was called, so that an answer that is
// served twice can be told from a new one; the argument `do` of a call asks for an answer that is worth less.
export type Era = "legacy" | "modern";
export type Json = Record<string, unknown>;

export interface CountedTool {
  readonly annotations?: Json;
  readonly description?: string;
  /** The text of an answer; default: name and number. */
  readonly says?: (args: Json, times: number) => string;
}

/** What is said about its contents beside them: `ttlMs`, `cacheScope`. */
export type CountedResource = Json;

interface Asked {
  readonly era: Era;
  readonly method: string;
  readonly params: Json;
  /** How often this tool or URI has been asked for, this time included. */
  readonly times: number;
}

/** The members of a reply; or none, or a broken connection. */
type Answer = Json | "nothing" | "cut";

const MODERN = "2026-07-28";
const CAPABILITIES = { tools: { listChanged: true }, resources: { listChanged: true } };
const INFO = { name: "counted", version: "1.0.0" };
const refused = (code: number, message: string): Json => ({ error: { code, message } });

const text = (words: string, more: Json = {}): Json => ({ content: [{ type: "text", text: words }], ...more });

/** Answers that must never be kept, by the word that asks for them. */
const ACTS: Readonly<Record<string, (words: string, args: Json) => Answer>> = {
  error: () => refused(-32_000, "the server says no"),
  tool_error: (words) => ({ result: text(words, { isError: true }) }),
  input_required: () => ({ result: { resultType: "input_required", requestState: "s", inputRequests: INPUT } }),
  partial: (words) => ({ result: text(words, { resultType: "partial" }) }),
  big: (_, { bytes }) => ({ result: text("x".repeat(Number(bytes))) }),
  hang: () => "nothing",
  cut: () => "cut",
};

const INPUT = {
  name: {
    method: "elicitation/create",
    params: { mode: "form", message: "Who?", requestedSchema: { type: "object", properties: {} } },
  },
};

/** The answer to one request, with the marks of its era. */
export function answerTo(
  asked: Asked,
  tools: ReadonlyMap<string, CountedTool>,
  resources: Readonly<Record<string, CountedResource>>,
): Answer {
  const { era, method, params, times } = asked;
  if (method === "tools/call") return inEra(era, called(asked, tools.get(String(params.name))));
  if (method === "resources/read") {
    const uri = String(params.uri);
    const known = resources[uri];
    const contents = [{ uri, mimeType: "text/plain", text: `${uri} ${times}` }];
    return known === undefined
      ? refused(-32_602, "Resource not found")
      : inEra(era, { result: { contents, ...known } });
  }
  return inEra(era, described(asked, tools, resources));
}

function called({ params, times }: Asked, tool: CountedTool | undefined): Answer {
  if (tool === undefined) return refused(-32_602, "Unknown tool");
  const args = (params.arguments ?? {}) as Json;
  const words = tool.says?.(args, times) ?? `${params.name} ${times}`;
  return ACTS[String(args.do)]?.(words, args) ?? { result: text(words) };
}

function described(
  { era, method, params }: Asked,
  tools: ReadonlyMap<string, CountedTool>,
  resources: Readonly<Record<string, CountedResource>>,
): Json {
  const hints = era === "modern" ? { ttlMs: 0, cacheScope: "private" } : {};
  if (method === "tools/list") return { result: { tools: [...tools].map(listed), ...hints } };
  if (method === "resources/list") {
    return { result: { resources: Object.keys(resources).map((uri) => ({ uri, name: uri })), ...hints } };
  }
  if (era === "modern" && method === "server/discover") {
    return { result: { supportedVersions: [MODERN], capabilities: CAPABILITIES, ...hints } };
  }
  if (era === "legacy" && method === "initialize") {
    return { result: { protocolVersion: params.protocolVersion, capabilities: CAPABILITIES, serverInfo: INFO } };
  }
  if (era === "legacy" && method === "ping") return { result: {} };
  return refused(-32_601, `Method not found: ${method}`);
}

const listed = ([name, { annotations, description = name }]: [string, CountedTool]): Json => ({
  name,
  description,
  inputSchema: { type: "object" },
  ...(annotations === undefined ? undefined : { annotations }),
});

function inEra(era: Era, answer: Answer): Answer {
  if (era === "legacy" || typeof answer === "string" || answer.result === undefined) return answer;
  const _meta = { "io.modelcontextprotocol/serverInfo": INFO };
  return { result: { resultType: "complete", ...(answer.result as Json), _meta } };
}
