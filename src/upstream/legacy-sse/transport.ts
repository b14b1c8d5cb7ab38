// What is a link over HTTP+SSE (2024-11-05) made of? One GET stream carries everything the server says and names the endpoint
// where our messages are posted. The stream is the session: when it ends, the link is lost.
import { Fault } from "#contract/fault.ts";
import { linkClosed } from "#upstream/http/faults.ts";
import { type HttpLink, type OpenRequest, openHttpLink } from "#upstream/http/link.ts";
import { postOneWay } from "#upstream/http/one-way.ts";
import type { HttpOptions } from "#upstream/http/transport.ts";
import { CLOSED_BY_US, type UpstreamTransport } from "#upstream/transport.ts";
import { exchangeOverSse } from "./exchange.ts";
import { createReplies } from "./replies.ts";
import { sendOverSse } from "./send.ts";
import { type EndpointStream, openEndpointStream } from "./stream.ts";

const ENDPOINT_LIMIT_MS = 10_000;

/** A link over the deprecated HTTP+SSE transport, legacy era only. `start` resolves once the endpoint is known. */
export function createLegacySseTransport(options: HttpOptions): UpstreamTransport {
  let stream: EndpointStream | undefined;
  const link = openHttpLink(options, "sse", {
    onMessage: (message) => transport.onmessage?.(message),
    onClosed() {
      stream?.stop();
      transport.onclose?.();
    },
  });
  const replies = createReplies(link.inbound);
  const transport: UpstreamTransport = {
    start() {
      const opening = startStream(link, new URL(options.url), replies.route);
      stream = opening.stream;
      return opening.ready;
    },
    send: (message) => sendOverSse(link, replies, message),
    close: () => link.close({ stage: "call", message: CLOSED_BY_US }),
    setProtocolVersion(version) {
      link.headers.version = version;
    },
    exchange: (request) => exchangeOverSse(link, replies, request),
    notify(method, params) {
      postOneWay(link, { jsonrpc: "2.0", method, params }).catch(() => {});
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

interface Opening {
  readonly stream: EndpointStream;
  /** Rejects with the fault when the stream ends or names no endpoint in time; the link is closed then. */
  readonly ready: Promise<void>;
}

function startStream(link: HttpLink, url: URL, onMessage: (bytes: Buffer) => void): Opening {
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  let stage: "connect" | "call" = "connect";
  const settle = (fault: Fault): void => {
    cancelTimer();
    link.open.delete(opening);
    reject(fault);
  };
  const fail = (fault: Fault): void => {
    settle(fault);
    void link.close({ stage, message: fault.message });
  };
  const opening: OpenRequest = { abandon: () => settle(linkClosed(link.name)) };
  link.open.add(opening);
  const late = `${link.name} did not name its endpoint within ${ENDPOINT_LIMIT_MS / 1000} s. It is tried again.`;
  const cancelTimer = link.world.after(ENDPOINT_LIMIT_MS, () =>
    fail(new Fault("UPSTREAM_UNAVAILABLE", late, { server: link.name })),
  );
  const onEndpoint = (path: string): void => {
    cancelTimer();
    link.open.delete(opening);
    stage = "call";
    link.path = path;
    resolve();
  };
  return { stream: openEndpointStream(link, url, { onEndpoint, onMessage, onEnd: fail }), ready };
}
