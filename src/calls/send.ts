// How does a call reach its upstream? Over the live link, or the one that an attempt made now brings; once more only when
// the server said that it had forgotten the session, because then nothing was carried out.
import { Fault, isFault } from "#contract/fault.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { isObject } from "#lib/json.ts";
import type { World } from "#lib/world.ts";
import { scanReply } from "#mcp/scan.ts";
import { mapResultUris } from "#mcp/uris.ts";
import { VIA_HEADER } from "#mcp/via.ts";
import type { Pass } from "#policy/breaker-state.ts";
import { MAX_ATTEMPTS } from "#policy/retry.ts";
import type { Connection } from "#upstream/connection.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";
import type { Call, Handler, Target } from "./call.ts";

/** The part of a supervisor that a call needs. */
export interface Line {
  connection(): Connection | undefined;
  /** `pass`: what the breaker gave; when a link comes only after the breaker changed its mind, BREAKER_OPEN is thrown. */
  acquire(signal: CancelSignal, pass?: Pass): Promise<Connection>;
  renew(lost: Connection, signal: CancelSignal, pass?: Pass): Promise<Connection>;
  noteActivity(): void;
}

export interface SendDeps {
  readonly world: World;
  readonly line: (server: string) => Line | undefined;
}

export function send({ world, line }: SendDeps): Handler {
  const over = (connection: Connection, call: Call, upstream: Line): Promise<Reply> => {
    const { server } = call.target as Target;
    const sentAt = world.now();
    const answered = (reply: Reply): Reply => {
      call.upstreamMs = world.now() - sentAt;
      upstream.noteActivity();
      return finish(call, server, reply);
    };
    const failed = (error: unknown): never => {
      call.upstreamMs = world.now() - sentAt;
      throw error;
    };
    return attempt(call, connection, world).then(answered, (error) => {
      if (!isFault(error, "SESSION_NOT_FOUND")) return failed(error);
      if (call.attempts >= MAX_ATTEMPTS) return failed(forgetful(server, error));
      const renewed = upstream.renew(connection, call.control.signal, call.pass);
      return renewed.then((link) => attempt(call, link, world)).then(answered, failed);
    });
  };
  return (call) => {
    const { server } = call.target as Target;
    const upstream = line(server);
    if (upstream === undefined) return Promise.reject(removed(server));
    const connection = upstream.connection();
    if (connection !== undefined) return over(connection, call, upstream);
    return upstream.acquire(call.control.signal, call.pass).then((link) => over(link, call, upstream));
  };
}

const forgetful = (server: string, cause: Fault): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} forgets its sessions as soon as they are opened; nothing was done.`, {
    server,
    cause,
  });

const removed = (server: string): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} was removed from the configuration; list the tools again.`, {
    server,
    circumstance: { noLink: true },
  });

function attempt(call: Call, connection: Connection, world: World): Promise<Reply> {
  const { params, headers } = call.target as Target;
  call.attempts++;
  return connection.call({
    method: call.method,
    params,
    signal: call.control.signal,
    onMessage: call.onMessage === undefined ? undefined : (message) => relay(call, world, message),
    logLevel: call.logLevel,
    headers: call.via === undefined ? headers : { ...headers, [VIA_HEADER]: call.via },
  });
}

function relay(call: Call, world: World, message: SideMessage): void {
  if (message.method === "notifications/progress") call.budget?.extend(world.now());
  call.onMessage?.(message);
}

// Bytes pass untouched unless the aggregate endpoint must map the URIs in them.
function finish(call: Call, server: string, reply: Reply): Reply {
  const { scan, bytes } = reply;
  if (scan.resultType === "input_required") throw asksBack(server);
  if (scan.kind === "result" && bytes[scan.start] !== OPEN_BRACE) throw noObject(server);
  const mayHoldUris = call.view === null && reply.scan.kind === "result" && call.kind !== "completion";
  if (!mayHoldUris || !(call.kind === "resource" || reply.bytes.includes('"resource'))) return reply;
  return mapUris(server, reply);
}

const OPEN_BRACE = 0x7b;

const noObject = (server: string): Fault =>
  new Fault("UPSTREAM_PROTOCOL", `${server} answered a result that is not an object. The reply was not used.`, {
    server,
  });

const asksBack = (server: string): Fault =>
  new Fault(
    "UPSTREAM_PROTOCOL",
    `${server} asks the client for input, which this gateway does not relay; the call was not completed.`,
    { server, circumstance: { ours: true } },
  );

function mapUris(server: string, { bytes, scan }: Reply): Reply {
  let result: unknown;
  try {
    result = JSON.parse(bytes.toString("utf8", scan.start, scan.end));
  } catch (cause) {
    throw new Fault("UPSTREAM_PROTOCOL", `${server} answered a result that is not valid JSON.`, { server, cause });
  }
  if (!isObject(result)) return { bytes, scan };
  const mapped = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: scan.id, result: mapResultUris(result, server) }));
  const rescanned = scanReply(mapped);
  return rescanned === undefined ? { bytes, scan } : { bytes: mapped, scan: rescanned };
}
