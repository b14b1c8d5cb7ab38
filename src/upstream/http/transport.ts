// What is a Streamable HTTP link to an upstream made of? The parts of one transport, put together, for both eras.
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { CLOSED_BY_US, type UpstreamTransport } from "#upstream/transport.ts";
import { exchangeOverHttp } from "./exchange.ts";
import { openHttpLink } from "./link.ts";
import { postOneWay } from "./one-way.ts";
import { createSend } from "./send.ts";
import { endSession } from "./session.ts";
import { openServerStream, type ServerStream } from "./stream.ts";

export interface HttpOptions {
  /** Name of the server in messages. */
  readonly name: string;
  readonly url: string;
  /** Configured headers; their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** The gateway's own id. */
  readonly gateway: string;
  readonly world: World;
  readonly log: Log;
}

/** A link over Streamable HTTP, both eras. Sockets open with the first request; `close` ends them all. */
export function createHttpTransport(options: HttpOptions): UpstreamTransport {
  let stream: ServerStream | undefined;
  const link = openHttpLink(options, "streamable", {
    onMessage: (message) => transport.onmessage?.(message),
    onClosed() {
      stream?.stop();
      transport.onclose?.();
    },
    farewell: () => endSession(link),
  });
  const onSessionLost = (): void => {
    link.headers.session = undefined;
    void link.close({ stage: "call", message: `${link.name} no longer knows our session` });
  };
  const openStream = (): void => {
    stream?.stop();
    if (link.closeReason !== undefined) return;
    stream = openServerStream(link, { onEnded: () => transport.ondoubt?.(), onSessionLost });
  };
  const transport: UpstreamTransport = {
    hasPerRequestStream: true,
    start: async () => {},
    send: createSend(link, openStream),
    close: () => link.close({ stage: "call", message: CLOSED_BY_US }),
    get sessionId() {
      return link.headers.session;
    },
    setProtocolVersion(version) {
      link.headers.version = version;
    },
    exchange: (request) => exchangeOverHttp(link, request),
    notify(method, params) {
      if (link.era === "legacy") postOneWay(link, { jsonrpc: "2.0", method, params }).catch(() => {});
    },
    childPid: null,
    stderrTail: () => [],
    get closeReason() {
      return link.closeReason;
    },
    get dropped() {
      return link.inbound.dropped;
    },
  };
  return transport;
}
