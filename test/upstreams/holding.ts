// A real upstream that holds calls open, so that tests can kill, cancel or outwait them; it tells how many calls it began
// and how many it was told to give up. Stdio by default; `--http` serves sessions, `--modern` the 2026-07-28 era, `[--port N]`;
// `--tree` adds a child, a grandchild and a descendant that left the session, none of which ends by itself; `--stubborn` lets
// neither the end of its input nor SIGTERM end it.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type CallToolResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { portOf, serveLegacyHttp, serveLegacyStdio, serveModernHttp } from "./serve.ts";

/** Of this process, all its sessions together. */
const seen = { began: 0, cancelled: 0 };

const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

async function hold(ms: number, signal: AbortSignal): Promise<CallToolResult> {
  seen.began += 1;
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    seen.cancelled += 1;
  }
  return text(`held for ${ms} ms`);
}

function create(): McpServer {
  const server = new McpServer({ name: "holding", version: "1.0.0" });
  const inputSchema = z.object({ ms: z.number().min(0) });
  server.registerTool("hold", { description: "Answers after so many ms", inputSchema }, ({ ms }, context) =>
    hold(ms, context.mcpReq.signal),
  );
  server.registerTool("tally", { description: "Answers how many calls of hold began, and were cancelled" }, () =>
    text(JSON.stringify(seen)),
  );
  return server;
}

function growTree(): void {
  const loop = "trap '' TERM HUP; while :; do sleep 1; done";
  spawn("sh", ["-c", `sh -c "${loop}" & wait`], { stdio: "ignore" }).unref();
  // Its parent exits at once: no parent's id leads to it.
  spawn("setsid", ["sh", "-c", `sh -c "${loop}" &`], { stdio: "ignore", detached: true }).unref();
}

const { argv } = process;
if (argv.includes("--tree")) growTree();
if (argv.includes("--stubborn")) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1_000);
}
if (argv.includes("--modern")) await serveModernHttp(create, portOf(argv));
else if (argv.includes("--http")) await serveLegacyHttp(create, portOf(argv));
else await serveLegacyStdio(create);
