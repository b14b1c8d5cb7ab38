// What is a link over HTTP+SSE (2024-11-05) made of? One GET stream carries everything the server says and names the endpoint
// where our messages are posted. The stream is the session: when it ends, the link is lost.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { Fault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import type { RequestId } from "#mcp/protocol.ts";
import type { HttpOptions } from "./http.ts";
import { createHeaderSet } from "./http-headers.ts";
import { createInbound, type HttpLink } from "./http-link.ts";
import { ONE_WAY_LIMIT_MS, postOneWay } from "./http-one-way.ts";
import { openHttpPools } from "./http-pool.ts";
import { exchangeOverSse } from "./legacy-sse-exchange.ts";
import { createReplies, type Replies } from "./legacy-sse-replies.ts";
import { type EndpointStream, openEndpointStream } from "./legacy-sse-stream.ts";
import type { CloseReason, UpstreamTransport } from "./transport.ts";

const ENDPOINT_LIMIT_MS = 10_000;
const REQUEST_LIMIT_MS = 600_000;

/** A link over the deprecated HTTP+SSE transport, legacy era only. `start` resolves once the endpoint is known. */
export function createLegacySseTransport(options: HttpOptions): UpstreamTransport {
  const { name, world, log } = options;
  const url = new URL(options.url);
  let path = "";
  let closeReason: CloseReason | undefined;
  let stream: EndpointStream | undefined;
  let closing: Promise<void> | undefined;
  const headers = createHeaderSet(options.headers);
  const inbound = createInbound({ name, log, onMessage: (message) => transport.onmessage?.(message) });
  const replies = createReplies(inbound);
  const link: HttpLink = {
    name,
    world,
    log,
    headers,
    inbound,
    pools: openHttpPools(url.origin),
    open: new Set(),
    era: "legacy",
    hasSession: true,
    get path() {
      return path;
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
    await link.pools.destroy();
  };
  const start = (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (fault: Fault): void => {
      cancelTimer();
      reject(fault);
      void close({ stage: path === "" ? "connect" : "call", message: fault.message });
    };
    const late = `${name} did not name its endpoint within ${ENDPOINT_LIMIT_MS / 1000} s. It is tried again.`;
    const cancelTimer = world.after(ENDPOINT_LIMIT_MS, () =>
      fail(new Fault("UPSTREAM_UNAVAILABLE", late, { server: name })),
    );
    const onEndpoint = (endpoint: string): void => {
      cancelTimer();
      path = endpoint;
      resolve();
    };
    stream = openEndpointStream(link, url, { onEndpoint, onMessage: replies.route, onEnd: fail });
    return promise;
  };

  const transport: UpstreamTransport = {
    start,
    send: (message) => sendOverSse(link, replies, message),
    close: () => close({ stage: "call", message: "closed by the gateway" }),
    setProtocolVersion(version) {
      headers.version = version;
    },
    exchange: (request) => exchangeOverSse(link, replies, request),
    notify(method, params) {
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

async function sendOverSse(link: HttpLink, replies: Replies, sent: JSONRPCMessage): Promise<void> {
  const message = sent as unknown as JsonObject;
  const id = typeof message.method === "string" ? (message.id as RequestId | undefined) : undefined;
  if (message.method === "notifications/cancelled") {
    replies.forget((message.params as { requestId: RequestId }).requestId);
  }
  if (id !== undefined) replies.await(id);
  try {
    // Some servers hold the POST of a request until they have answered it on the stream.
    await postOneWay(link, message, id === undefined ? ONE_WAY_LIMIT_MS : REQUEST_LIMIT_MS);
  } catch (error) {
    if (id !== undefined) replies.forget(id);
    throw error;
  }
}
