// How are legacy clients served (revisions up to 2025-11-25)? A session, its requests, its streams and its end.
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Principal } from "#access/principal.ts";
import { Fault } from "#contract/fault.ts";
import { Cancellation } from "#lib/cancel.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { type Inbound, isRequestId } from "#mcp/message.ts";
import { isLogLevel, LATEST_LEGACY_VERSION, LEGACY_VERSIONS, LOG_LEVELS } from "#mcp/protocol.ts";
import { type View, viewCapabilities } from "#upstream/catalog.ts";
import {
  type Answering,
  type Asked,
  answerFault,
  awaitLists,
  type EdgeDeps,
  relayTo,
  resultText,
  runCall,
} from "./edge.ts";
import { EventStream } from "./event-stream.ts";
import type { LogLevels } from "./log-levels.ts";
import { answerList, CALLED, type Called, LISTED, unknownMethod } from "./requests.ts";
import type { ClientInfo, Session, Sessions } from "./sessions.ts";

export interface LegacyDeps extends EdgeDeps {
  readonly sessions: Sessions;
  readonly logLevels: LogLevels;
}

/** More streams than this on one session is a client in a loop. */
const MAX_STREAMS = 4;
/** Characters of a client's name and of its version. */
const MAX_TOLD = 100;
const INSTRUCTIONS =
  "Tools of several MCP servers behind one gateway; each name begins with its server's name and two underscores.";

export class Legacy {
  readonly #deps: LegacyDeps;

  constructor(deps: LegacyDeps) {
    this.#deps = deps;
  }

  /** Answers one request; a fault is answered, never thrown. */
  request(asked: Asked, sessionId: string | undefined): Answering {
    try {
      if (asked.method === "initialize") return this.#orFault(asked, this.#initialize(asked));
      const session = this.#session(sessionId, asked.principal, asked.view);
      const called = CALLED.get(asked.method);
      if (called === undefined) return this.#orFault(asked, this.#answer(asked, session));
      return this.#call(asked, session, called(asked.params));
    } catch (error) {
      answerFault(this.#deps, asked, { error, era: "legacy" });
    }
  }

  #orFault(asked: Asked, answering: Promise<void>): Promise<void> {
    return answering.catch((error) => answerFault(this.#deps, asked, { error, era: "legacy" }));
  }

  /** Takes a notification or a response of the client; throws a Fault for an unknown session. */
  notification(message: Inbound, from: { sessionId: string | undefined; principal: Principal; view: View }): void {
    const session = this.#session(from.sessionId, from.principal, from.view);
    if (message.kind !== "notification" || message.method !== "notifications/cancelled") return;
    const { requestId } = message.params;
    const control = isRequestId(requestId) ? session.calls.get(requestId) : undefined;
    control?.abort(new Fault("CANCELLED", "The client cancelled the request."));
  }

  /** Opens the session's GET stream; throws a Fault when it may not. */
  openStream(res: ServerResponse, from: { sessionId: string | undefined; principal: Principal; view: View }): void {
    const session = this.#session(from.sessionId, from.principal, from.view);
    if (session.streams.size >= MAX_STREAMS) {
      throw new Fault("RATE_LIMITED", `This session has ${MAX_STREAMS} streams open already; close one first.`);
    }
    const stream = new EventStream(res, this.#deps.world, { "mcp-session-id": session.id });
    session.streams.add(stream);
    res.on("close", () => session.streams.delete(stream));
  }

  end(from: { sessionId: string | undefined; principal: Principal; view: View }): void {
    const session = this.#session(from.sessionId, from.principal, from.view);
    this.#deps.sessions.end(session, new Fault("CANCELLED", "The client ended its session."));
  }

  /** Ends the GET streams, which would otherwise last as long as their clients; calls in flight go on. */
  endStreams(): void {
    for (const session of this.#deps.sessions) for (const stream of session.streams) stream.end();
  }

  /** Tells every session that sees `server` that lists have changed. */
  listChanged(server: string, kinds: readonly string[]): void {
    this.#tell(server, (stream) => {
      for (const kind of kinds) stream.notify(`notifications/${kind}/list_changed`);
    });
  }

  /** Passes on a log message that belongs to no call. */
  logMessage(server: string, params: JsonObject): void {
    this.#tell(server, (stream, session) => {
      if (passesLevel(session, params.level)) stream.notify("notifications/message", params);
    });
  }

  #tell(server: string, say: (stream: EventStream, session: Session) => void): void {
    for (const session of this.#deps.sessions) {
      if (session.view !== null && session.view !== server) continue;
      for (const stream of session.streams) say(stream, session);
    }
  }

  #session(id: string | undefined, principal: Principal, view: View): Session {
    if (id === undefined)
      throw new Fault("SESSION_REQUIRED", "The request needs an Mcp-Session-Id header: initialize first.");
    const session = this.#deps.sessions.find(id, principal.id, view);
    if (session === undefined)
      throw new Fault("SESSION_NOT_FOUND", "The session is unknown or has ended: initialize again.");
    return session;
  }

  async #initialize(asked: Asked): Promise<void> {
    const { sessions, catalog, identity } = this.#deps;
    const { view, params } = asked;
    await awaitLists(this.#deps, view);
    const requested = params.protocolVersion;
    if (typeof requested !== "string") throw new Fault("INVALID_PARAMS", "The parameter protocolVersion is missing.");
    const protocolVersion = LEGACY_VERSIONS.includes(requested) ? requested : LATEST_LEGACY_VERSION;
    const snapshot = view === null ? undefined : catalog.snapshot(view);
    const instructions = view === null ? INSTRUCTIONS : snapshot?.instructions;
    const result = {
      protocolVersion,
      capabilities: viewCapabilities(catalog, view, true),
      serverInfo: snapshot?.serverInfo ?? identity,
      ...(instructions ? { instructions } : {}),
    };
    const client = clientOf(params.clientInfo);
    const session = sessions.create({ principal: asked.principal.id, view, protocolVersion, client });
    asked.responder.setHeader("mcp-session-id", session.id);
    asked.responder.finish(JSON.stringify({ jsonrpc: "2.0", id: asked.id, result }));
  }

  async #answer(asked: Asked, session: Session): Promise<void> {
    const { method, params, id, responder, view } = asked;
    const list = LISTED.get(method);
    if (list !== undefined)
      return responder.finish(resultText(id, answerList(this.#deps.catalog, { view, kind: list, params }).members));
    if (method === "ping") return responder.finish(resultText(id, ""));
    if (method !== "logging/setLevel") throw unknownMethod(method);
    if (!isLogLevel(params.level))
      throw new Fault("INVALID_PARAMS", `The level must be one of ${LOG_LEVELS.join(", ")}.`);
    session.logLevel = params.level;
    await this.#deps.logLevels.want(view, params.level);
    responder.finish(resultText(id, ""));
  }

  // A client that goes away has not cancelled: in this era only notifications/cancelled does.
  #call(asked: Asked, session: Session, called: Called): Answering {
    const { id, method, params, view, principal } = asked;
    if (session.calls.get(id) !== undefined)
      throw new Fault("INVALID_REQUEST", "A request with this id is in flight in this session; use another id.");
    const control = new Cancellation();
    session.calls.add(id, control);
    const onMessage = relayTo(asked, (level) => passesLevel(session, level));
    const { kind, name } = called;
    return runCall(this.#deps, asked, {
      era: "legacy",
      extraMembers: "",
      statusOf: alwaysOk,
      call: { kind, name, method, view, params, principal: principal.id, era: "legacy", control, onMessage },
      onEnd: () => session.calls.delete(id),
    });
  }
}

const alwaysOk = (): number => 200;

const passesLevel = (session: Session, level: unknown): boolean =>
  session.logLevel === undefined ||
  !isLogLevel(level) ||
  LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(session.logLevel);

/** What a client says of itself is shown to people: short texts, or nothing. */
function clientOf(told: unknown): ClientInfo | null {
  if (!isObject(told) || typeof told.name !== "string") return null;
  const version = typeof told.version === "string" ? told.version : "";
  return { name: told.name.slice(0, MAX_TOLD), version: version.slice(0, MAX_TOLD) };
}

export const sessionIdOf = (headers: IncomingHttpHeaders): string | undefined => {
  const id = headers["mcp-session-id"];
  return typeof id === "string" && id !== "" ? id : undefined;
};
