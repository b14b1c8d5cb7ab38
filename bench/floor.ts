// The floor over HTTP: the least a proxy can do. Bare node:http in front, undici's Pool.dispatch behind, bodies as bytes.
// Knows no MCP beyond the names of the headers that it relays: `node bench/floor.ts --url http://127.0.0.1:PORT`.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { type Dispatcher, Pool } from "undici";
import { announce, listen } from "./announce.ts";
import { joined, readBody } from "./body.ts";

const REQUEST_HEADERS = ["content-type", "accept", "mcp-session-id", "mcp-protocol-version"];
const REPLY_HEADERS = ["content-type", "content-length", "mcp-session-id"];

export function createFloor(upstreamUrl: string): Server {
  const pool = new Pool(upstreamUrl, { connections: 128, pipelining: 1 });
  return createServer((request, response) => {
    readBody(request, (body) => {
      const path = request.url as string;
      const method = request.method as Dispatcher.HttpMethod;
      const headers = picked(REQUEST_HEADERS, request.headers);
      pool.dispatch({ path, method, headers, body: body.length === 0 ? null : body }, relay(response));
    });
  });
}

function relay(response: ServerResponse): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  return {
    onRequestStart() {},
    onResponseStart(_controller, status, headers) {
      response.writeHead(status, picked(REPLY_HEADERS, headers));
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
    },
    onResponseEnd() {
      response.end(joined(chunks));
    },
    onResponseError(_controller, error) {
      console.error(`floor: ${error.message}`);
      response.destroy();
    },
  };
}

function picked(names: readonly string[], headers: IncomingMessage["headers"]): Record<string, string> {
  const some: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (typeof value === "string") some[name] = value;
  }
  return some;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { url: { type: "string" } } });
  if (values.url === undefined) throw new Error("The floor needs the server to relay to: --url http://127.0.0.1:PORT");
  announce([await listen(createFloor(values.url))]);
}
