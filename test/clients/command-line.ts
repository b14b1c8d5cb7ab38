// How do the command-line clients of others put a question? As one process each, with a home of its own.
// They show less than the whole answer; what they show is stated here.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "#lib/json.ts";
import type { Asker, Question } from "./asker.ts";

/** The launcher of an installed package. */
export const bin = (name: string): string => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

const home = mkdtempSync(join(tmpdir(), "omni2-clients-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
const LIMIT_MS = 60_000;

async function run(name: string, args: readonly string[]): Promise<JsonObject> {
  const child = spawn(process.execPath, [bin(name), ...args], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home },
    timeout: LIMIT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(output) as JsonObject;
  } catch (cause) {
    throw new Error(`${name} ${args.join(" ")} printed no JSON: ${output}${errors}`, { cause });
  }
}

/** mcporter 0.9: lists and calls tools, and prints the most telling part of a result. */
export function createMcporter(url: string): Asker {
  const to = ["--http-url", url, "--allow-http"];
  return {
    async ask({ method, params }) {
      if (method === "tools/list") return shownTools(await run("mcporter", ["list", ...to, "--json"]));
      const call = ["--tool", String(params.name), "--args", JSON.stringify(params.arguments ?? {})];
      return run("mcporter", ["call", ...to, ...call, "--output", "json"]);
    },
    show: ({ method }, answer) => (method === "tools/list" ? shownTools(answer) : shownResult(answer)),
    close: async () => {},
  };
}

const shownTools = (answer: JsonObject): JsonObject => ({
  tools: (answer.tools as JsonObject[]).map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  })),
});

const shownResult = (result: JsonObject): JsonObject =>
  (result.structuredContent as JsonObject | undefined) ?? { ...result };

/** The inspector's command line: every list, call and read, and prints the whole result. */
export function createInspector(url: string): Asker {
  const to = ["--cli", url, "--transport", "http", "--format", "json", "-q"];
  return {
    ask: async (question) =>
      (await run("mcp-inspector", [...to, "--method", question.method, ...inspectorArgs(question)]))
        .result as JsonObject,
    close: async () => {},
  };
}

function inspectorArgs({ method, params }: Question): string[] {
  const pairs = (flag: string): string[] =>
    Object.entries((params.arguments as JsonObject | undefined) ?? {}).flatMap(([key, value]) => [
      flag,
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
  switch (method) {
    case "tools/call":
      return ["--tool-name", String(params.name), ...pairs("--tool-arg")];
    case "prompts/get":
      return ["--prompt-name", String(params.name), ...pairs("--prompt-args")];
    case "resources/read":
      return ["--uri", String(params.uri)];
    default:
      return [];
  }
}
