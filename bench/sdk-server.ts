// What most servers are today: one built with the protocol's own TypeScript SDK, on the HTTP server that it brings, with sessions
// and plain JSON answers. Its one tool is the benchmark's echo.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import * as z from "zod";
import { announce, listen } from "./announce.ts";

const transports = new Map<string, StreamableHTTPServerTransport>();

async function openTransport(): Promise<StreamableHTTPServerTransport> {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void transports.set(id, transport),
    onsessionclosed: (id) => void transports.delete(id),
  });
  const server = new McpServer({ name: "bench-sdk", version: "1.0.0" });
  server.registerTool(
    "echo",
    { description: "Returns its message.", inputSchema: { message: z.string() }, annotations: { readOnlyHint: true } },
    ({ message }) => ({ content: [{ type: "text", text: message }] }),
  );
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types disagree under exactOptionalPropertyTypes.
  await server.connect(transport as any);
  return transport;
}

const http = createServer(async (request, response) => {
  const known = transports.get(String(request.headers["mcp-session-id"]));
  const transport = known ?? (await openTransport());
  await transport.handleRequest(request, response);
});

announce([await listen(http)]);
