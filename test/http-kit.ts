// What do the tests of our HTTP transports share? A scripted server with a transport to it, one call, and what a failure looks like.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { type Fault, type FaultCode, isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { createHttpTransport } from "#upstream/http/transport.ts";
import type { Exchange, UpstreamTransport } from "#upstream/transport.ts";
import { type Answer, legacy, openScriptedServer } from "./upstreams/http-scripted.ts";

export const optionsFor = (url: string) => ({
  name: "demo",
  url,
  headers: { "X-Key": "k" },
  gateway: "g1",
  world: systemWorld,
  log: silentLog,
});
export const openTransport = (url: string): UpstreamTransport => createHttpTransport(optionsFor(url));
export const newClient = (mode: "auto" | "legacy" = "auto"): Client =>
  new Client({ name: "t", version: "1" }, { versionNegotiation: { mode, probe: { timeoutMs: 3000 } } });

/** Waits for a condition; the test runner's timeout is the only clock. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A server that answers with `answer`, and a transport to it; with `session`, after a legacy handshake. */
export async function setUp(t: TestContext, answer: Answer, session?: string) {
  const server = await openScriptedServer(
    legacy(
      (request, response) => {
        if (request.method === "GET" && request.headers["last-event-id"] === undefined) response.writeHead(405).end();
        else return answer(request, response);
      },
      session === undefined ? {} : { session },
    ),
  );
  const transport = openTransport(server.url);
  t.after(async () => {
    await transport.close();
    await server.close();
  });
  if (session !== undefined) {
    await newClient("legacy").connect(transport);
  }
  return { server, transport };
}

export const call = (id: string, more: Partial<Exchange> = {}): Exchange => ({
  id,
  method: "tools/call",
  body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "x" } }),
  signal: new AbortController().signal,
  ...more,
});

export const fails = (exchange: Promise<unknown>, code: FaultCode, message = /demo /): Promise<void> =>
  assert.rejects(exchange, (error) => {
    assert.ok(isFault(error, code), `${code} expected, got ${String(error)}`);
    assert.match(error.message, message);
    assert.equal(error.server, "demo");
    return true;
  });

/** The fault that an error of the SDK carries as its cause, however deep. */
export function faultIn(error: unknown): Fault | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (isFault(cause)) return cause;
  return undefined;
}
