// Which MCP servers does the comprehensive validation bring along? Small ones in this process, on a free loopback port, that speak
// Streamable HTTP, count what they are asked, and can be told to fail.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isObject, type JsonObject } from "#lib/json.ts";
import { LATEST_LEGACY_VERSION } from "#mcp/protocol.ts";

export interface LoopbackServer {
  readonly url: string;
  /** Tool calls that it received. */
  readonly calls: () => number;
  /** From now on every request is answered with HTTP 500, until it is mended. */
  break(): void;
  mend(): void;
  close(): Promise<void>;
}

const TOOLS = [
  {
    name: "read",
    description: "Answers with the number of the call.",
    inputSchema: { type: "object", properties: { of: { type: "string" } } },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  { name: "wait", description: "Never answers.", inputSchema: { type: "object" } },
];

export async function openLoopbackServer(): Promise<LoopbackServer> {
  const state = { broken: false, calls: 0 };
  const server = createServer((request, response) => {
    void answer(request, response, state).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    calls: () => state.calls,
    break: () => {
      state.broken = true;
    },
    mend: () => {
      state.broken = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface State {
  broken: boolean;
  calls: number;
}

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const text = Buffer.concat(await request.toArray()).toString();
  const message: unknown = text === "" ? undefined : JSON.parse(text);
  const asked = isObject(message) ? message : {};
  if (asked.method === "tools/call") state.calls++;
  if (state.broken) return void response.writeHead(500).end();
  if (request.method === "DELETE") return void response.writeHead(200).end();
  if (request.method !== "POST") return void response.writeHead(405).end();
  if (asked.id === undefined) return void response.writeHead(202).end();
  const outcome = outcomeOf(asked, state);
  if (outcome === undefined) return;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: asked.id, ...outcome }));
}

/** Undefined: never. */
function outcomeOf({ method, params }: JsonObject, state: State): JsonObject | undefined {
  switch (method) {
    case "initialize":
      return {
        result: {
          protocolVersion: LATEST_LEGACY_VERSION,
          capabilities: { tools: {} },
          serverInfo: { name: "omni2-validate", version: "1" },
        },
      };
    case "ping":
      return { result: {} };
    case "tools/list":
      return { result: { tools: TOOLS } };
    case "tools/call":
      if (isObject(params) && params.name === "wait") return undefined;
      return { result: { content: [{ type: "text", text: `call ${state.calls}` }] } };
    default:
      return { error: { code: -32601, message: "Method not found" } };
  }
}
