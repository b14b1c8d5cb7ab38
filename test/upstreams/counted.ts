// A server in the test's own process that counts every call and every read that reaches it, over HTTP in either era. Its tools
// and resources are what the test says, and a test can hold its answers back, take it down and bring it up again.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTo, type CountedResource, type CountedTool, type Era, type Json } from "./counted-answers.ts";

export interface CountedOptions {
  /** Default `modern`. */
  readonly era?: Era;
  readonly tools?: Readonly<Record<string, CountedTool>>;
  /** By URI. */
  readonly resources?: Readonly<Record<string, CountedResource>>;
}

export interface CountedServer {
  readonly url: string;
  /** What is listed; a test may change it and say so. */
  readonly tools: Map<string, CountedTool>;
  /** Calls of this tool, or reads of this URI, that came in; all of them without a name. */
  came(name?: string): number;
  /** Answers to calls and reads stay here until they are let go. */
  hold(): void;
  /** How many stay here now; not those that nobody waits for any more. */
  readonly held: number;
  letGo(): void;
  /** Sends a notification on the stream of a session; legacy era only. */
  announce(method: string): void;
  /** Breaks every connection and takes no new one. */
  down(): Promise<void>;
  /** Listens on the same port again. */
  up(): Promise<void>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Json;
}

const EVENTS = { "content-type": "text/event-stream" };

class Counted implements CountedServer {
  readonly tools: Map<string, CountedTool>;
  readonly #era: Era;
  readonly #resources: Readonly<Record<string, CountedResource>>;
  readonly #times = new Map<string, number>();
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;
  #holding: Set<() => void> | undefined;

  constructor({ era = "modern", tools = {}, resources = {} }: CountedOptions) {
    this.#era = era;
    this.tools = new Map(Object.entries(tools));
    this.#resources = resources;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/mcp`;
  }

  get held(): number {
    return this.#holding?.size ?? 0;
  }

  came(name?: string): number {
    if (name !== undefined) return this.#times.get(name) ?? 0;
    return [...this.#times.values()].reduce((sum, times) => sum + times, 0);
  }

  hold(): void {
    this.#holding ??= new Set();
  }

  letGo(): void {
    const answers = [...(this.#holding ?? [])];
    this.#holding = undefined;
    for (const answer of answers) answer();
  }

  announce(method: string): void {
    const data = JSON.stringify({ jsonrpc: "2.0", method });
    for (const stream of this.#streams) stream.write(`event: message\ndata: ${data}\n\n`);
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.#visit(request, response).catch(() => response.destroy());
    });
    server.keepAliveTimeout = 60_000;
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  close(): Promise<void> {
    this.letGo();
    return this.down();
  }

  async #visit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === "GET") return this.#stream(response);
    if (request.method === "DELETE") return void response.writeHead(200).end();
    const message = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message;
    if (message.id === undefined) return void response.writeHead(202).end();
    this.#take(message, response);
  }

  #stream(response: ServerResponse): void {
    if (this.#era === "modern") return void response.writeHead(405).end();
    response.writeHead(200, EVENTS).flushHeaders();
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  #take({ id, method = "", params = {} }: Message, response: ServerResponse): void {
    const counted = method === "tools/call" ? params.name : method === "resources/read" ? params.uri : undefined;
    const name = String(counted);
    if (counted !== undefined) this.#times.set(name, this.came(name) + 1);
    const asked = { era: this.#era, method, params, times: this.came(name) };
    const answer = answerTo(asked, this.tools, this.#resources);
    if (answer === "nothing") return;
    if (answer === "cut") return void response.socket?.resetAndDestroy();
    const session = method === "initialize" ? { "mcp-session-id": randomUUID() } : undefined;
    const send = (): void => {
      response.writeHead(200, { "content-type": "application/json", ...session });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    };
    if (counted === undefined || this.#holding === undefined) send();
    else {
      const holding = this.#holding.add(send);
      response.on("close", () => holding.delete(send));
    }
  }
}

/** Opens one on a free port of loopback. */
export async function openCounted(options: CountedOptions): Promise<CountedServer> {
  const server = new Counted(options);
  await server.up();
  return server;
}
