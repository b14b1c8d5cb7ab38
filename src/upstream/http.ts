// What is a Streamable HTTP link to an upstream made of? The parts of one transport, put together, and how they are closed.
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { MODERN_VERSION } from "#mcp/protocol.ts";
import { exchangeOverHttp } from "./http-exchange.ts";
import { createHeaderSet } from "./http-headers.ts";
import { createInbound, type HttpLink } from "./http-link.ts";
import { postOneWay } from "./http-one-way.ts";
import { openHttpPools } from "./http-pool.ts";
import { createSend } from "./http-send.ts";
import { endSession } from "./http-session.ts";
import { openServerStream, type ServerStream } from "./http-stream.ts";
import type { CloseReason, UpstreamTransport } from "./transport.ts";

export interface HttpOptions {
  /** Name of the server in messages. */
  readonly name: string;
  readonly url: string;
  /** Configured headers; their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly world: World;
  readonly log: Log;
}

/** A link over Streamable HTTP, both eras. Sockets open with the first request; `close` ends them all. */
export function createHttpTransport(options: HttpOptions): UpstreamTransport {
  const { name, world, log } = options;
  const url = new URL(options.url);
  let closeReason: CloseReason | undefined;
  let stream: ServerStream | undefined;
  let closing: Promise<void> | undefined;
  const headers = createHeaderSet(options.headers);
  const inbound = createInbound({ name, log, onMessage: (message) => transport.onmessage?.(message) });
  const link: HttpLink = {
    name,
    world,
    log,
    headers,
    inbound,
    pools: openHttpPools(url.origin),
    path: `${url.pathname}${url.search}`,
    open: new Set(),
    get era() {
      return headers.version !== undefined && headers.version >= MODERN_VERSION ? "modern" : "legacy";
    },
    get hasSession() {
      return headers.session !== undefined;
    },
    get closed() {
      return closeReason !== undefined;
    },
  };

  const close = (reason: CloseReason): Promise<void> => {
    closing ??= shutDown(reason);
    return closing;
  };
  const shutDown = async (reason: CloseReason): Promise<void> => {
    closeReason = reason;
    stream?.stop();
    for (const request of link.open) request.abandon();
    transport.onclose?.();
    await endSession(link);
    await link.pools.destroy();
  };
  const onSessionLost = (): void => {
    headers.session = undefined;
    void close({ stage: "call", message: `${name} no longer knows our session` });
  };
  const openStream = (): void => {
    stream?.stop();
    if (!link.closed) stream = openServerStream(link, { onEnded: () => transport.ondoubt?.(), onSessionLost });
  };
  const send = createSend(link, openStream);

  const transport: UpstreamTransport = {
    hasPerRequestStream: true,
    start: async () => {},
    send,
    close: () => close({ stage: "call", message: "closed by the gateway" }),
    get sessionId() {
      return headers.session;
    },
    setProtocolVersion(version) {
      headers.version = version;
    },
    exchange: (request) => exchangeOverHttp(link, request),
    notify(method, params) {
      if (link.era === "modern") return;
      postOneWay(link, { jsonrpc: "2.0", method, params }).catch(() => {});
    },
    childPid: null,
    stderrTail: () => [],
    get closeReason() {
      return closeReason;
    },
    get dropped() {
      return inbound.dropped;
    },
  };
  return transport;
}
