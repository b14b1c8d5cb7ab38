// What do the tests of stdio links share? A link to the scripted server, and ways to ask it and to wait for it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach } from "node:test";
import { fileURLToPath } from "node:url";
import { isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import type { Exchange, UpstreamTransport } from "#upstream/transport.ts";
import { createStdioTransport, type StdioOptions } from "./transport.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const scripted = join(root, "test/upstreams/stdio-scripted.ts");
export const folder = mkdtempSync(join(tmpdir(), "omni2-stdio-"));
const open: UpstreamTransport[] = [];
let lastId = 0;

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});
after(() => rmSync(folder, { recursive: true }));

/** A link that is closed after the test. */
export function create(more: Partial<StdioOptions> = {}): UpstreamTransport {
  const transport = createStdioTransport({
    name: "scripted",
    command: "node",
    args: [scripted],
    env: {},
    inherited: process.env,
    cwd: root,
    world: systemWorld,
    log: silentLog,
    ...more,
  });
  open.push(transport);
  return transport;
}

export async function started(more: Partial<StdioOptions> = {}): Promise<UpstreamTransport> {
  const transport = create(more);
  await transport.start();
  return transport;
}

export function request(method: string, params: object = {}, more: Partial<Exchange> = {}): Exchange {
  const id = `o2-${++lastId}`;
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  return { id, method, body, signal: new AbortController().signal, ...more };
}

/** Makes the server write exactly this, then waits until a later echo has come back. */
export async function hear(transport: UpstreamTransport, text: string | Buffer): Promise<void> {
  void transport.exchange(request("raw", { base64: Buffer.from(text).toString("base64") })).catch(() => {});
  await ask(transport, "echo");
}

export async function ask(
  transport: UpstreamTransport,
  method: string,
  params: object = {},
): Promise<Record<string, unknown>> {
  const { bytes } = await transport.exchange(request(method, params));
  return JSON.parse(bytes.toString()).result;
}

export const until = async (what: () => boolean, withinMs = 5000): Promise<void> => {
  for (const end = performance.now() + withinMs; !what(); ) {
    assert.ok(performance.now() < end, `not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
export const closed = (transport: UpstreamTransport) => until(() => transport.closeReason !== undefined);
export const faultOf = (code: string) => (error: unknown) => isFault(error) && error.code === code;
