// How does a test send a request that no well-behaved client would send, and read whatever comes back?
import { type IncomingHttpHeaders, request } from "node:http";

export interface Sending {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
  /** So many bytes of white space instead of a body; without a stated length when `chunked`. */
  readonly flood?: { readonly bytes: number; readonly chunked: boolean };
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly json: any;
}

export const JSON_TYPES = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

const BLOCK = Buffer.alloc(1024 * 1024, 0x20);

/** Sends one request over a connection of its own; rejects when no answer comes. */
export function send(url: string, { method = "POST", path, headers = {}, body, flood }: Sending): Promise<Received> {
  return new Promise((resolve, reject) => {
    const length = flood === undefined ? Buffer.byteLength(body ?? "") : flood.bytes;
    const framing = flood?.chunked ? { "transfer-encoding": "chunked" } : { "content-length": length };
    const own = method === "GET" && length === 0 ? {} : framing;
    // Not as a URL, which would put the path in order.
    const { hostname, port } = new URL(url);
    const all = { ...JSON_TYPES, ...own, ...headers };
    const sent = request({ hostname, port, path, method, agent: false, headers: all });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) });
      });
    });
    if (flood === undefined) sent.end(body);
    else pour(sent, flood.bytes);
  });
}

function pour(into: ReturnType<typeof request>, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !into.destroyed) {
      const block = BLOCK.subarray(0, Math.min(left, BLOCK.length));
      left -= block.length;
      if (!into.write(block)) return void into.once("drain", more);
    }
    into.end();
  };
  more();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Opens a legacy session and answers its id. */
export async function openSession(url: string, path: string): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  return String((await send(url, { path, body })).headers["mcp-session-id"]);
}

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

export interface ModernCall {
  readonly id: unknown;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A request of the modern era, with the headers that belong to it. */
export function modern(path: string, { id, method, params = {} }: ModernCall): Sending {
  const name = params.name ?? params.uri;
  const meta = { ...ENVELOPE, ...(params._meta as object | undefined) };
  const mirrored = typeof name === "string" ? { "mcp-name": `=?base64?${Buffer.from(name).toString("base64")}?=` } : {};
  return {
    path,
    headers: { "mcp-protocol-version": "2026-07-28", "mcp-method": method, ...mirrored },
    body: JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } }),
  };
}

export interface Note {
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

/** The messages of an event stream, in order. */
export const messagesOf = (stream: string): Note[] =>
  [...stream.matchAll(/^data: (.+)$/gm)].map(([, data = ""]) => JSON.parse(data) as Note);

/** Opens a legacy session and its GET stream; `heard` grows as the gateway tells things. */
export async function openEvents(url: string, path: string): Promise<{ heard: readonly Note[]; close(): void }> {
  const leaving = new AbortController();
  const headers = { accept: "text/event-stream", "mcp-session-id": await openSession(url, path) };
  const { body } = await fetch(url + path, { headers, signal: leaving.signal });
  const heard: Note[] = [];
  void read(body as ReadableStream<Uint8Array>, heard).catch(() => {});
  return { heard, close: () => leaving.abort() };
}

async function read(body: ReadableStream<Uint8Array>, heard: Note[]): Promise<void> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
    const events = (text + chunk).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) heard.push(...messagesOf(event));
  }
}
