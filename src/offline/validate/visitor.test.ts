import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { createVisitor, type Visitor } from "./visitor.ts";

const seen: string[] = [];
let answers: (readonly [status: number, text: string])[] = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  const [status, text] = answers.shift() ?? [500, ""];
  request.resume().on("end", () => response.writeHead(status).end(text));
});
let visitor: Visitor;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  visitor = await createVisitor({ url, token: "t0ken", tokenFile: null });
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("a gateway that is busy for a moment is asked again, over REST and over MCP", async () => {
  answers = [
    [503, '{"error":{"code":"OVERLOADED","message":"busy"}}'],
    [200, '{"items":[]}'],
  ];
  assert.deepEqual(await visitor.get("/api/servers"), { items: [] });
  answers = [
    [503, '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"busy"}}'],
    [200, '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}'],
  ];
  assert.deepEqual(await visitor.mcp("/mcp", "tools/list"), { tools: [] });
  assert.deepEqual(seen.splice(0), [
    ...Array<string>(2).fill("GET /api/servers Bearer t0ken"),
    ...Array<string>(2).fill("POST /mcp Bearer t0ken"),
  ]);
});

test("any other refusal is handed on at once, as the fault that it is", async () => {
  answers = [[503, '{"error":{"code":"BREAKER_OPEN","message":"not now"}}']];
  await assert.rejects(
    visitor.get("/api/x"),
    (error) => isFault(error, "BREAKER_OPEN") && /HTTP 503/.test(error.message),
  );
  answers = [[502, "<html>"]];
  await assert.rejects(visitor.get("/api/x"), (error) => isFault(error, "UPSTREAM_PROTOCOL"));
  answers = [[200, '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}']];
  await assert.rejects(visitor.mcp("/mcp", "x"), /x at \/mcp was answered with HTTP 200 .*-32601/);
  assert.equal(seen.splice(0).length, 3);
});
