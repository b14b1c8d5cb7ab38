// What does a tool answer? Calls one and prints its text as it is.
import { styleText } from "node:util";
import type { ToolCallAnswer, ToolCallRequest } from "#contract/call.ts";
import { Fault, isFault } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { toolArguments } from "./arguments.ts";
import type { Ends } from "./command.ts";
import type { Gateway } from "./gateway.ts";
import { printJson, type Terminal } from "./terminal.ts";
import { duration, harmless } from "./text.ts";

export interface CallOptions {
  readonly json?: boolean;
  readonly args?: string;
  readonly cache?: ToolCallRequest["cache"];
}

/** Longest time that a call may take, with some for the way. */
const TIMEOUT_MS = 615_000;

/** Exit code 1 when the tool itself reports an error; its text is printed all the same. */
export async function callTool(
  { server, tool, pairs }: { server: string; tool: string; pairs: readonly string[] },
  { gateway, terminal }: Ends,
  options: CallOptions,
): Promise<number> {
  const schema = pairs.length === 0 ? {} : await inputSchema(gateway, server, tool);
  const body: ToolCallRequest = {
    server,
    tool,
    arguments: toolArguments(pairs, options.args, schema),
    cache: options.cache ?? "use",
  };
  const answer = await gateway.ask("POST /api/tools/call", { body, timeoutMs: TIMEOUT_MS }).catch(async (error) => {
    throw isFault(error) ? await withChoice(error, { gateway, server, tool }) : error;
  });
  if (options.json === true) printJson(terminal, answer);
  else printResult(answer, terminal);
  return answer.result.isError === true ? 1 : 0;
}

// Whoever reads along sees what a program gets from `--json`: that the server was not asked.
function printResult({ result, call }: ToolCallAnswer, terminal: Terminal): void {
  for (const text of resultTexts(result)) terminal.print(terminal.interactive ? harmless(text) : text);
  const note = sourceNote(call);
  if (terminal.interactive && note !== undefined) terminal.print(styleText("dim", note));
}

/** Where an answer came from when its server was not asked for it; undefined when it was. */
function sourceNote({ disposition, ageMs }: Pick<ToolCallAnswer["call"], "disposition" | "ageMs">): string | undefined {
  const age = duration(ageMs ?? 0);
  if (disposition === "hit") return `(from the cache, ${age} old)`;
  if (disposition === "stale") return `(from the cache, ${age} old and past its time)`;
  return disposition === "coalesced" ? "(answered together with an equal call)" : undefined;
}

// Without a schema values stay texts; whether the tool exists is for the gateway to say.
async function inputSchema(gateway: Gateway, server: string, tool: string): Promise<JsonObject> {
  const { items } = await gateway.ask("GET /api/tools");
  return items.find((item) => item.server === server && item.name === tool)?.inputSchema ?? {};
}

interface Asked {
  readonly gateway: Gateway;
  readonly server: string;
  readonly tool: string;
}

/** A fault about a wrong name says where the right one is to be found. */
async function withChoice(fault: Fault, { gateway, server, tool }: Asked): Promise<Fault> {
  const retold = (message: string): Fault => new Fault(fault.code, harmless(message), { cause: fault });
  if (fault.code === "TOOL_NOT_FOUND") {
    return retold(`${server} has no tool named ${tool}. \`omni2 tools --server ${server}\` lists its tools.`);
  }
  if (fault.code !== "SERVER_NOT_FOUND") return fault;
  const { items } = await gateway.ask("GET /api/servers");
  return retold(`${fault.message} There are: ${items.map(({ name }) => name).join(", ") || "none"}.`);
}

/** A result as texts for people: text content as it is, anything else in brackets. */
export function resultTexts(result: JsonObject): string[] {
  const content = Array.isArray(result.content) ? result.content.filter(isObject) : [];
  const texts = content.map(contentText);
  return texts.length === 0 && result.structuredContent !== undefined
    ? [JSON.stringify(result.structuredContent, null, 2)]
    : texts;
}

function contentText(block: JsonObject): string {
  if (block.type === "text") return String(block.text);
  const resource = isObject(block.resource) ? block.resource : block;
  if (typeof resource.text === "string") return resource.text;
  const bytes = [block.data, resource.blob].find((data) => typeof data === "string");
  const size = typeof bytes === "string" ? `, ${Buffer.byteLength(bytes, "base64")} bytes` : "";
  const what = [block.type, resource.mimeType, resource.uri].filter((part) => part !== undefined).map(String);
  return `[${what.join(" ")}${size}; --json shows it]`;
}
