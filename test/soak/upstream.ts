// An HTTP server of the soak that can come back on the port it had: the benchmark's MCP server with `[--port N]`.
import type { AddressInfo } from "node:net";
import { createUpstream } from "../../bench/upstream.ts";
import { portOf } from "../upstreams/serve.ts";

const server = createUpstream();
server.listen(portOf(process.argv), "127.0.0.1", () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` })),
);
process.stdin.on("end", () => process.exit(0)).resume();
