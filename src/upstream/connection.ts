// What can be done over one live link to an upstream? Calls as bytes, probes, lists. One link, one era, until it closes.
import { Fault } from "#contract/fault.ts";
import type { Era, UpstreamDefinition } from "#contract/upstream.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import type { World } from "#lib/world.ts";
import { paramsForHop, progressTokenOf } from "#mcp/envelope.ts";
import { nameSource } from "#mcp/era.ts";
import { encodeHeaderValue } from "#mcp/header-value.ts";
import type { Implementation, LogLevel } from "#mcp/protocol.ts";
import { announcedKinds, fetchList } from "./lists.ts";
import { type Negotiated, type NegotiateOptions, negotiate, type TransportForm } from "./negotiate.ts";
import { probe } from "./probe.ts";
import { RpcError } from "./rpc-error.ts";
import { EMPTY_LISTS, type ListHints, type ListKind, type Snapshot } from "./snapshot.ts";
import { type CloseReason, OWN_ID_PREFIX, type Reply, type SideMessage, type UpstreamTransport } from "./transport.ts";

/** A request on its way to an upstream, in the caller's own terms. */
export interface UpstreamRequest {
  readonly method: string;
  /** The server's own names and URIs; the caller's envelope is replaced here. */
  readonly params: JsonObject;
  readonly signal: CancelSignal;
  /** Mirrored arguments (`Mcp-Param-*`, modern era only), and signatures of gateways before this one. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly onMessage?: ((message: SideMessage) => void) | undefined;
  readonly logLevel?: LogLevel | undefined;
}

export interface Connection {
  readonly era: Era;
  readonly form: TransportForm;
  readonly protocolVersion: string;
  readonly serverInfo: Implementation | null;
  readonly childPid: number | null;
  readonly closeReason: CloseReason | undefined;
  /** Requests of ours that wait for their reply now. */
  readonly inFlight: number;
  /** Sends one request; rejects with a Fault, or with the signal's reason after telling the server that it is cancelled. */
  call(request: UpstreamRequest): Promise<Reply>;
  /** Asks `ping` (legacy) or `server/discover` (modern); resolves with the milliseconds it took. */
  probe(timeoutMs: number): Promise<number>;
  fetchSnapshot(signal: AbortSignal): Promise<Snapshot>;
  close(): Promise<void>;
}

/** What can be asked of a link however far it got. */
export type StartedLink = Pick<UpstreamTransport, "stderrTail" | "kill">;

export interface ConnectionEvents {
  /** A try begins, on a link that is not open yet and may never be. */
  onStarting(link: StartedLink): void;
  onClosed(reason: CloseReason | undefined): void;
  /** Something hints that the server may be gone: a good moment for a probe. */
  onDoubt(): void;
  onListChanged(kind: "tools" | "prompts" | "resources"): void;
  /** A notification that belongs to no call. */
  onNotification(message: SideMessage): void;
}

export interface ConnectionDeps {
  readonly world: World;
  readonly openTransport: NegotiateOptions["openTransport"];
  readonly identity: Implementation;
}

export interface ConnectOptions {
  readonly signal: AbortSignal;
  readonly hint: NegotiateOptions["hint"];
  readonly mayStartAgain: NegotiateOptions["mayStartAgain"];
  readonly events: ConnectionEvents;
}

let lastId = 0;

export async function openConnection(
  definition: UpstreamDefinition,
  deps: ConnectionDeps,
  options: ConnectOptions,
): Promise<Connection> {
  const { signal, hint, mayStartAgain, events } = options;
  const link = await negotiate(definition, {
    world: deps.world,
    openTransport(...form) {
      const opened = deps.openTransport(...form);
      events.onStarting(opened);
      return opened;
    },
    identity: deps.identity,
    signal,
    hint,
    mayStartAgain,
    onListChanged: events.onListChanged,
  });
  const { client, transport } = link;
  client.onclose = () => events.onClosed(transport.closeReason);
  transport.ondoubt = () => events.onDoubt();
  client.fallbackNotificationHandler = async ({ method, params }) => {
    events.onNotification({ method, params: isObject(params) ? params : {} });
  };
  return createConnection(definition.name, link, deps);
}

function createConnection(server: string, link: Negotiated, deps: ConnectionDeps): Connection {
  const { client, transport, era } = link;
  const serverInfo = client.getServerVersion();
  const call = async (request: UpstreamRequest): Promise<Reply> => {
    const id = `${OWN_ID_PREFIX}${++lastId}`;
    const params = paramsForHop(request.params, {
      era,
      progressToken: request.onMessage === undefined || progressTokenOf(request.params) === undefined ? undefined : id,
      clientInfo: deps.identity,
      logLevel: request.logLevel,
    });
    const body = `{"jsonrpc":"2.0","id":"${id}","method":"${request.method}","params":${JSON.stringify(params)}}`;
    inFlight++;
    try {
      return await transport.exchange({
        id,
        method: request.method,
        body,
        signal: request.signal,
        headers: era === "modern" ? modernHeaders(request) : request.headers,
        onMessage: request.onMessage,
      });
    } catch (error) {
      if (request.signal.aborted) cancelUpstream(id);
      throw error;
    } finally {
      inFlight--;
    }
  };
  let inFlight = 0;
  // On modern HTTP the closed stream is the cancellation; everywhere else it has to be said.
  const cancelUpstream = (requestId: string): void => {
    if (era === "legacy" || link.form === "stdio") transport.notify("notifications/cancelled", { requestId });
  };
  const ask = async (method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject> =>
    parseResult(server, await call({ method, params, signal }));

  return {
    era,
    form: link.form,
    protocolVersion: versionOf(client),
    serverInfo: serverInfo === undefined ? null : { name: serverInfo.name, version: serverInfo.version },
    get childPid() {
      return transport.childPid;
    },
    get closeReason() {
      return transport.closeReason;
    },
    get inFlight() {
      return inFlight;
    },
    call,
    probe: (timeoutMs) => probe(timeoutMs, { server, world: deps.world, era, ask }),
    fetchSnapshot: (signal) => fetchSnapshot(server, link, (method, params) => ask(method, params, signal)),
    close: () => client.close(),
  };
}

const versionOf = (client: Negotiated["client"]): string => client.getNegotiatedProtocolVersion() ?? "unknown";

type Ask = (method: string, params: JsonObject) => Promise<JsonObject>;

async function fetchSnapshot(server: string, { client, era }: Negotiated, ask: Ask): Promise<Snapshot> {
  const capabilities = (client.getServerCapabilities() ?? {}) as JsonObject;
  const lists: Record<ListKind, readonly JsonObject[]> = { ...EMPTY_LISTS };
  const hints: Partial<Record<ListKind, ListHints>> = {};
  for (const kind of announcedKinds(capabilities)) {
    const fetched = await fetchOptionalList(server, kind, ask);
    lists[kind] = fetched.items;
    if (era === "modern") hints[kind] = fetched.hints;
  }
  return {
    era,
    protocolVersion: versionOf(client),
    serverInfo: (client.getServerVersion() ?? null) as Implementation | null,
    instructions: client.getInstructions() ?? null,
    capabilities,
    lists,
    hints,
  };
}

// Many servers announce resources and have no templates; "method not found" then means an empty list.
async function fetchOptionalList(server: string, kind: ListKind, ask: Ask) {
  try {
    return await fetchList(server, kind, ask);
  } catch (error) {
    if (error instanceof RpcError && error.code === -32601)
      return { items: [], hints: { ttlMs: 0, cacheScope: "private" } as const };
    throw error;
  }
}

/** The reply's result as an object; throws RpcError for an error reply and UPSTREAM_PROTOCOL for anything else. */
export function parseResult(server: string, { bytes, scan }: Reply): JsonObject {
  const value: unknown = scan.kind === "none" ? undefined : parseRange(bytes, scan.start, scan.end);
  if (scan.kind === "result" && isObject(value)) return value;
  if (scan.kind === "error" && isObject(value) && typeof value.code === "number") {
    throw new RpcError(value.code, typeof value.message === "string" ? value.message : "", value.data);
  }
  throw new Fault("UPSTREAM_PROTOCOL", `${server} answered something that is not a JSON-RPC result.`, { server });
}

function parseRange(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return undefined;
  }
}

function modernHeaders(request: UpstreamRequest): Record<string, string> {
  const name = nameSource(request.method, request.params);
  return {
    "Mcp-Method": request.method,
    ...(name === undefined ? {} : { "Mcp-Name": encodeHeaderValue(name) }),
    ...request.headers,
  };
}
