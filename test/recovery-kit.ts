// What do tests of recovery look at? Live frames, raw answers of REST and MCP, and the rows of an external database.
import assert from "node:assert/strict";
import { type Frame, frameSchema } from "#contract/event.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { META, MODERN_VERSION } from "#mcp/protocol.ts";
import { type TestGateway, until } from "./kit.ts";
import { openLiveSocket } from "./live-socket.ts";
import { query } from "./store-kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

export const stdio = (file: string, ...args: string[]) => ({
  command: process.execPath,
  args: [upstreamFile(file), ...args],
});

type Of<T extends Frame["type"]> = Extract<Frame, { type: T }>;

export interface Watcher {
  readonly frames: readonly Frame[];
  of<T extends Frame["type"]>(type: T): Of<T>[];
  /** `health_event` frames of one server from frame number `from` on. */
  events(server: string, from?: number): Of<"health_event">[];
  /** `event status health` of every fact about one server, as the health log writes them. */
  story(server: string): string[];
  /** `old>new` of the server's status changes from frame number `from` on. */
  changes(server: string, from?: number): string[];
  /** Fails for a frame that its schema refuses, or a number that was skipped. */
  assertSound(): void;
  close(): void;
}

/** Opens `/ws` and keeps every frame. Resolves with the first one there. */
export async function watch(gateway: TestGateway): Promise<Watcher> {
  const frames: Frame[] = [];
  const problems: unknown[] = [];
  const socket = await openLiveSocket({
    url: gateway.url,
    headers: { authorization: `Bearer ${gateway.token}` },
    onMessage(data) {
      const message: unknown = JSON.parse(String(data));
      for (const one of Array.isArray(message) ? message : [message]) {
        const parsed = frameSchema.safeParse(one);
        if (parsed.success) frames.push(parsed.data);
        else problems.push(parsed.error, one);
      }
    },
  });
  const lost = (code: number): void => void problems.push(`the gateway closed the stream with ${code}`);
  socket.on("error", (error) => problems.push(error));
  socket.on("close", lost);
  const of = <T extends Frame["type"]>(type: T, from = 0): Of<T>[] =>
    frames.slice(from).filter((frame): frame is Of<T> => frame.type === type);
  await until("a first frame", () => frames.length > 0);
  return {
    frames,
    of,
    events: (server, from) => of("health_event", from).filter(({ data }) => data.name === server),
    story: (server) => frames.flatMap((frame) => logLine(frame, server)),
    changes: (server, from) =>
      of("mcp_status_change", from)
        .filter(({ data }) => data.name === server)
        .map(({ data }) => `${data.old_status}>${data.new_status}`),
    assertSound() {
      assert.deepEqual(problems, []);
      assertNumbered(frames);
    },
    close() {
      socket.off("close", lost);
      socket.close();
    },
  };
}

function logLine(frame: Frame, server: string): string[] {
  if (frame.type !== "health_event" && frame.type !== "circuit_breaker_state" && frame.type !== "mcp_auto_disabled")
    return [];
  if (frame.data.name !== server) return [];
  const { status, health } = frame.data.server;
  return [`${eventTypeOf(frame)} ${status} ${health}`];
}

function eventTypeOf(frame: Of<"health_event" | "circuit_breaker_state" | "mcp_auto_disabled">): string {
  if (frame.type === "health_event") return frame.data.event_type;
  return frame.type === "mcp_auto_disabled" ? "auto_disabled" : `circuit_${frame.data.new_state}`;
}

function assertNumbered(frames: readonly Frame[]): void {
  let last: number | undefined;
  for (const { type, seq, prev } of frames) {
    if (seq === undefined) continue;
    if (type !== "initial_status") assert.equal(prev, last, `frame ${seq} follows ${last}`);
    last = seq;
  }
}

export interface RestCall {
  readonly server: string;
  readonly tool: string;
  readonly arguments?: JsonObject;
}

export interface RestAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}

export async function restCall(gateway: TestGateway, call: RestCall): Promise<RestAnswer> {
  const response = await fetch(`${gateway.url}/api/tools/call`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
    body: JSON.stringify(call),
  });
  return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.json() };
}

/** The text of a tool's answer over REST. */
export async function textOf(gateway: TestGateway, call: RestCall): Promise<string> {
  const { status, body } = await restCall(gateway, call);
  assert.equal(status, 200, JSON.stringify(body));
  return body.result.content[0].text;
}

export interface McpAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly result: any;
}

/** One stateless tools/call of the modern era on the aggregate endpoint, without any client library between. */
export async function modernCall(
  gateway: TestGateway,
  name: string,
  options: { arguments?: JsonObject; signal?: AbortSignal } = {},
): Promise<McpAnswer> {
  const method = "tools/call";
  const _meta = { [META.protocolVersion]: MODERN_VERSION, [META.clientCapabilities]: {} };
  const params = { name, arguments: options.arguments ?? {}, _meta };
  const response = await fetch(`${gateway.url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": MODERN_VERSION,
      "mcp-method": method,
      "mcp-name": name,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const message: unknown = await response.json();
  return { status: response.status, result: isObject(message) ? (message.result ?? message) : message };
}

export interface Fault {
  readonly code: string;
  readonly server: string;
  readonly retryAfterMs?: number;
}

/** The fault behind an `isError` answer; undefined behind any other. */
export const faultIn = (result: unknown): Fault | undefined =>
  isObject(result) && result.isError === true && isObject(result._meta)
    ? (result._meta[META.fault] as Fault | undefined)
    : undefined;

export const isUp = async (gateway: TestGateway, server: string): Promise<boolean> =>
  (await gateway.server(server)).status === "up";

export const allUp = (gateway: TestGateway, servers: readonly string[]): Promise<boolean> =>
  until(`all of ${servers} are up`, async () =>
    (await Promise.all(servers.map((name) => isUp(gateway, name)))).every(Boolean),
  );

/** Rows of the external database, in the gateway's schema. */
export const rows = (url: string, sql: string): Promise<Record<string, unknown>[]> =>
  query({ connectionString: url }, sql);

/** What the health log keeps of a server, in order: `event status health`. */
export async function healthLog(url: string, server: string): Promise<string[]> {
  const log = await rows(
    url,
    `select event_type || ' ' || status || ' ' || health as line from omni2.mcp_health_log
     where server = '${server}' order by id`,
  );
  return log.map(({ line }) => String(line));
}
