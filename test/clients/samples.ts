// Which published servers are asked what? Only questions whose answer two runs of the same server agree on.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "#lib/json.ts";
import type { Question, Target } from "./asker.ts";
import { bin } from "./command-line.ts";

export interface Sample {
  readonly target: Target;
  readonly questions: readonly Question[];
}

const folder = mkdtempSync(join(tmpdir(), "omni2-samples-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const notes = join(folder, "notes.txt");
const graph = join(folder, "graph.jsonl");
writeFileSync(notes, "first line\nsecond line\n");
writeFileSync(
  graph,
  `${JSON.stringify({ type: "entity", name: "Ada", entityType: "person", observations: ["counts"] })}\n`,
);

const stdio = (command: string, ...args: string[]) => ({ command: process.execPath, args: [bin(command), ...args] });

const call = (name: string, args: JsonObject, varies?: RegExp): Question => ({
  method: "tools/call",
  params: { name, arguments: args },
  ...(varies && { varies }),
});
const read = (uri: string, varies?: RegExp): Question => ({
  method: "resources/read",
  params: { uri },
  ...(varies && { varies }),
});
const prompt = (name: string, args: JsonObject): Question => ({
  method: "prompts/get",
  params: { name, arguments: args },
});
const list = (kind: string): Question => ({ method: `${kind}/list`, params: {} });

const CLOCK = /(?<=created at )[^"\\]+/g;

const everything: readonly Question[] = [
  list("tools"),
  list("prompts"),
  list("resources"),
  list("resources/templates"),
  call("get-structured-content", { location: "New York" }),
  call("echo", { message: "grüße, 世界" }),
  call("get-sum", { a: 2, b: 3.5 }),
  call("get-sum", { a: "two" }),
  call("get-tiny-image", {}),
  call("get-annotated-message", { messageType: "error", includeImage: true }),
  call("get-resource-links", { count: 3 }),
  call("get-resource-reference", { resourceType: "Text", resourceId: 1 }, CLOCK),
  call("trigger-long-running-operation", { duration: 0.2, steps: 2 }),
  prompt("args-prompt", { city: "Oslo", state: "Viken" }),
  prompt("simple-prompt", {}),
  read("demo://resource/static/document/features.md"),
  read("demo://resource/dynamic/text/7", CLOCK),
  {
    method: "completion/complete",
    params: {
      ref: { type: "ref/prompt", name: "completable-prompt" },
      argument: { name: "name", value: "" },
      context: { arguments: { department: "Sales" } },
    },
  },
];

/** The four sample servers over stdio. */
export const samples: Readonly<Record<string, Sample>> = {
  everything: { target: stdio("mcp-server-everything", "stdio"), questions: everything },
  files: {
    target: stdio("mcp-server-filesystem", folder),
    questions: [
      list("tools"),
      call("read_text_file", { path: notes }),
      call("list_directory", { path: folder }),
      call("list_allowed_directories", {}),
      call("read_text_file", { path: join(folder, "missing.txt") }),
      call("read_text_file", {}),
    ],
  },
  memory: {
    target: { ...stdio("mcp-server-memory"), env: { MEMORY_FILE_PATH: graph } },
    questions: [
      list("tools"),
      list("resources"),
      call("read_graph", {}),
      call("search_nodes", { query: "count" }),
      call("open_nodes", { names: ["Ada"] }),
      read("memory://knowledge-graph"),
    ],
  },
  thinking: {
    target: stdio("mcp-server-sequential-thinking"),
    questions: [
      list("tools"),
      call(
        "sequentialthinking",
        { thought: "one", thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false },
        /(?<=thoughtHistoryLength[\\": ]+)\d+/g,
      ),
      call("sequentialthinking", { thought: "no number" }),
    ],
  },
};

/** The same questions for the same server behind another transport. */
export const everythingAt = (target: Target): Sample => ({ target, questions: everything });
