// Which small tools, prompt and resources do the echo servers of either era offer to other tests?
// Deterministic answers, except for `count`, which tells how often this process was really called.
import { setTimeout as sleep } from "node:timers/promises";
import { type CallToolResult, completable, McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { z } from "zod";

/** Calls this process has served, `count` itself left out; all sessions together. */
const served = { calls: 0 };

const READ_ONLY = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

/** Makes one echo server with the given name. */
export function createEchoServer(name: string): McpServer {
  const server = new McpServer({ name, version: "1.0.0" }, { capabilities: { logging: {} } });
  registerAnswers(server);
  registerTrouble(server);
  registerProgress(server);
  registerPrompt(server);
  registerResources(server);
  return server;
}

function counted<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    served.calls += 1;
    return run(...args);
  };
}

function registerAnswers(server: McpServer): void {
  server.registerTool(
    "echo",
    { description: "Answers the message", inputSchema: z.object({ message: z.string() }), annotations: READ_ONLY },
    counted(({ message }) => text(message)),
  );
  server.registerTool(
    "add",
    {
      description: "Answers a + b",
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
      annotations: READ_ONLY,
    },
    counted(({ a, b }) => ({ ...text(String(a + b)), structuredContent: { sum: a + b } })),
  );
  server.registerTool(
    "big",
    {
      description: "Answers a text of so many bytes",
      inputSchema: z.object({ bytes: z.int().min(0) }),
      annotations: READ_ONLY,
    },
    counted(({ bytes }) => text("x".repeat(bytes))),
  );
  server.registerTool(
    "count",
    { description: "Answers how many calls this process has served, this tool left out" },
    () => text(String(served.calls)),
  );
}

function registerTrouble(server: McpServer): void {
  server.registerTool(
    "sleep",
    {
      description: "Answers after so many ms",
      inputSchema: z.object({ ms: z.number().min(0) }),
      annotations: READ_ONLY,
    },
    counted(async ({ ms }, context) => {
      await sleep(ms, undefined, { signal: context.mcpReq.signal });
      return text(`slept ${ms} ms`);
    }),
  );
  server.registerTool(
    "fail",
    { description: "Answers a tool error", annotations: READ_ONLY },
    counted(() => ({ ...text("this tool always fails"), isError: true })),
  );
  server.registerTool(
    "crash",
    { description: "Ends the process without an answer", annotations: { destructiveHint: true } },
    counted(() => process.exit(1)),
  );
}

/** Clients drop a progress notification that comes in one read with the result. */
const STEP_PAUSE_MS = 10;

function registerProgress(server: McpServer): void {
  server.registerTool(
    "progress",
    {
      description: "Reports progress in so many steps",
      inputSchema: z.object({ steps: z.int().min(0) }),
      annotations: READ_ONLY,
    },
    counted(async ({ steps }, context) => {
      const progressToken = context.mcpReq._meta?.progressToken;
      for (let progress = 1; progressToken !== undefined && progress <= steps; progress += 1) {
        const params = { progressToken, progress, total: steps, message: `step ${progress}` };
        await context.mcpReq.notify({ method: "notifications/progress", params });
        await sleep(STEP_PAUSE_MS);
      }
      return text(`${steps} steps done`);
    }),
  );
}

const NAMES = ["Ada", "Alan", "Grace"];

function registerPrompt(server: McpServer): void {
  const name = completable(z.string(), (start) => NAMES.filter((candidate) => candidate.startsWith(start)));
  server.registerPrompt(
    "greet",
    { description: "Greets someone", argsSchema: z.object({ name }) },
    ({ name: greeted }) => ({
      messages: [{ role: "user", content: { type: "text", text: `Hello, ${greeted}!` } }],
    }),
  );
}

function registerResources(server: McpServer): void {
  const mimeType = "text/plain";
  const greeting = "echo://greeting";
  server.registerResource("greeting", greeting, { mimeType }, () => ({
    contents: [{ uri: greeting, mimeType, text: "hello" }],
  }));
  const item = new ResourceTemplate("echo://item/{id}", { list: undefined });
  server.registerResource("item", item, { mimeType }, (uri, { id }) => ({
    contents: [{ uri: uri.href, mimeType, text: `item ${id}` }],
  }));
}
