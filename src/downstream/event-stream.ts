// How does a client hear of things that no request of its own caused? One long event stream with keep-alive and a bound.
import type { ServerResponse } from "node:http";
import type { JsonObject } from "#lib/json.ts";
import type { Cancel, World } from "#lib/world.ts";
import { KEEP_ALIVE_MS, SSE_HEADERS } from "./responder.ts";

const MAX_BUFFERED_BYTES = 1024 * 1024;

export class EventStream {
  readonly #res: ServerResponse;
  #cancelKeepAlive: Cancel = () => {};

  constructor(res: ServerResponse, world: World, headers: Readonly<Record<string, string>>) {
    this.#res = res;
    res.writeHead(200, { ...SSE_HEADERS, ...headers });
    res.flushHeaders();
    const beat = (): void => {
      this.#cancelKeepAlive = world.after(KEEP_ALIVE_MS, () => {
        this.#write(": keep-alive\n\n");
        beat();
      });
    };
    beat();
    res.on("close", () => this.#cancelKeepAlive());
  }

  notify(method: string, params?: JsonObject): void {
    this.#write(`data: ${JSON.stringify({ jsonrpc: "2.0", method, ...(params === undefined ? {} : { params }) })}\n\n`);
  }

  end(): void {
    this.#cancelKeepAlive();
    this.#res.end();
  }

  #write(text: string): void {
    if (this.#res.writableEnded || this.#res.destroyed) return;
    this.#res.write(text);
    if (this.#res.writableLength > MAX_BUFFERED_BYTES) this.#res.destroy();
  }
}
