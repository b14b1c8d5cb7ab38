// What do all requests to one HTTP server share? Its name, sockets, headers, way in, and how the link is closed.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import type { Log } from "#lib/log.ts";
import { type Enlisted, Roster } from "#lib/roster.ts";
import type { World } from "#lib/world.ts";
import { MODERN_VERSION } from "#mcp/protocol.ts";
import type { CloseReason } from "#upstream/transport.ts";
import { createHeaderSet, type HeaderSet } from "./headers.ts";
import { createInbound, type Inbound } from "./inbound.ts";
import { type HttpPools, openHttpPools } from "./pool.ts";

export interface HttpLinkOptions {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly gateway: string;
  readonly world: World;
  readonly log: Log;
}

export interface OpenRequest extends Enlisted {
  /** The link is being closed: settle now, with the fault that fits. */
  abandon(): void;
}

export interface HttpLink {
  readonly name: string;
  readonly world: World;
  readonly log: Log;
  readonly pools: HttpPools;
  readonly headers: HeaderSet;
  readonly inbound: Inbound;
  /** Where messages are posted: path and query. */
  path: string;
  /** Legacy revisions have sessions, resumable streams and client notifications; the modern era has none of them. */
  readonly era: "legacy" | "modern";
  /** The server keeps state for this link, which it can lose. */
  readonly hasSession: boolean;
  /** Every request that still holds a socket or waits for one. */
  readonly open: Roster<OpenRequest>;
  readonly closeReason: CloseReason | undefined;
  /** Settles every open request, says farewell, and ends all sockets. The first reason stays. */
  close(reason: CloseReason): Promise<void>;
}

export interface LinkEvents {
  readonly onMessage: (message: JSONRPCMessage) => void;
  /** The link has just closed; streams of one's own must be stopped now. */
  readonly onClosed: () => void;
  /** Last words to the server, while the sockets still live. Must be bounded and not reject. */
  readonly farewell?: () => Promise<void>;
}

export function openHttpLink(options: HttpLinkOptions, kind: "streamable" | "sse", events: LinkEvents): HttpLink {
  const { name, world, log } = options;
  const url = new URL(options.url);
  const headers = createHeaderSet(options.headers, options.gateway);
  const pools = openHttpPools(url.origin);
  const open = new Roster<OpenRequest>();
  let closeReason: CloseReason | undefined;
  let closing: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    for (const request of open.all()) request.abandon();
    events.onClosed();
    await events.farewell?.();
    await pools.destroy();
  };
  return {
    name,
    world,
    log,
    pools,
    headers,
    inbound: createInbound({ name, log, onMessage: events.onMessage }),
    path: url.pathname + url.search,
    open,
    get era() {
      return headers.version !== undefined && headers.version >= MODERN_VERSION ? "modern" : "legacy";
    },
    get hasSession() {
      return kind === "sse" || headers.session !== undefined;
    },
    get closeReason() {
      return closeReason;
    },
    close(reason) {
      if (closing !== undefined) return closing;
      closeReason = reason;
      // Set before anybody hears of it: who hears of it may close again.
      const done = Promise.withResolvers<void>();
      closing = done.promise;
      shutDown().then(done.resolve, done.reject);
      return closing;
    },
  };
}
