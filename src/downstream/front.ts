// What happens to a request under /mcp before its era is known? Limits, Host and Origin, credential, one parse, classification.
// Never throws and never leaves a request without an answer.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Access } from "#access/access.ts";
import type { Principal } from "#access/principal.ts";
import { Fault, toFault } from "#contract/fault.ts";
import { discardBody } from "#lib/discard.ts";
import { classify, type McpHeaders } from "#mcp/era.ts";
import { faultReply } from "#mcp/fault-reply.ts";
import { type Inbound, parseInbound } from "#mcp/message.ts";
import { loopFault, VIA_HEADER } from "#mcp/via.ts";
import type { View } from "#upstream/catalog.ts";
import { readBody } from "./body.ts";
import type { Asked } from "./edge.ts";
import { Legacy, type LegacyDeps, sessionIdOf } from "./legacy.ts";
import { Modern } from "./modern.ts";
import { LISTED } from "./requests.ts";
import { Responder } from "./responder.ts";

export interface FrontDeps extends LegacyDeps {
  readonly access: Pick<Access, "checkHostAndOrigin" | "mcpPrincipal">;
  readonly hasServer: (name: string) => boolean;
  /** This gateway's own id, by which it knows what it sent itself. */
  readonly gateway: string;
}

interface Arrived {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly view: View;
  readonly principal: Principal;
}

export class Front {
  readonly #deps: FrontDeps;
  readonly #modern: Modern;
  readonly legacy: Legacy;

  constructor(deps: FrontDeps) {
    this.#deps = deps;
    this.legacy = new Legacy(deps);
    this.#modern = new Modern(deps);
  }

  /** The handler for every request whose path is /mcp or under it. */
  handle(req: IncomingMessage, res: ServerResponse): void {
    const arrived = admit(this.#deps, req, res);
    if (arrived instanceof Fault) return this.#refuse(req, res, arrived);
    if (req.method === "POST") return readBody(req, (body) => this.#onBody(arrived, body));
    try {
      this.#onStreamRequest(arrived);
    } catch (error) {
      this.#refuse(req, res, toFault(error));
    }
  }

  #onStreamRequest(arrived: Arrived): void {
    const { req, res } = arrived;
    const from = { ...arrived, sessionId: sessionIdOf(req.headers) };
    const legacy = !isModernHeader(req);
    if (legacy && req.method === "GET") {
      if (this.#deps.admission.draining) return this.#refuse(req, res, stopping());
      if (acceptsEvents(req)) return this.legacy.openStream(res, from);
      return this.#refuseMethod(res, 406, "A GET opens the event stream: send Accept: text/event-stream.");
    }
    if (legacy && req.method === "DELETE") {
      this.legacy.end(from);
      return this.#responder(res).empty(200);
    }
    const offered = legacy ? "POST, or GET and DELETE with a session" : "POST";
    this.#refuseMethod(res, 405, `${req.method} is not served here; use ${offered}.`);
  }

  #refuseMethod(res: ServerResponse, status: 405 | 406, message: string): void {
    res.setHeader("allow", "GET, POST, DELETE");
    this.#responder(res).finish(
      faultReply(new Fault("INVALID_REQUEST", message), { id: null, era: "modern" }).body,
      status,
    );
  }

  #onBody(arrived: Arrived, body: Buffer | Fault): void {
    const { req, res } = arrived;
    if (body instanceof Fault) return this.#refuse(req, res, body);
    // A body can be sent so slowly that the key which let it in is revoked meanwhile.
    const still = arrived.principal.key === undefined ? undefined : this.#deps.access.mcpPrincipal(req);
    if (still instanceof Fault) return this.#refuse(req, res, still);
    const message = parseInbound(body);
    if (message.kind === "request") return this.#onRequest(arrived, message);
    if (message.kind === "invalid") return this.#answerFault(res, message.fault, message.id);
    try {
      if (!isModernHeader(req)) this.legacy.notification(message, { ...arrived, sessionId: sessionIdOf(req.headers) });
      this.#responder(res).empty(202);
    } catch (error) {
      this.#refuse(req, res, toFault(error));
    }
  }

  #onRequest({ req, res, view, principal }: Arrived, message: Inbound & { kind: "request" }): void {
    const headers = mcpHeaders(req);
    const { id, method, params } = message;
    const era = classify(message, headers);
    if (era.era === "refused") return this.#answerFault(res, era.fault, id);
    const refused = this.#refusal(method, principal);
    if (refused !== undefined) return this.#answerFault(res, refused, id);
    const asked: Asked = { id, method, params, view, principal, req, responder: this.#responder(res) };
    try {
      const answering =
        era.era === "modern"
          ? this.#modern.request(asked, era, headers)
          : this.legacy.request(asked, sessionIdOf(req.headers));
      answering?.catch(this.#unanswered);
    } catch (error) {
      this.#unanswered(error);
    }
  }

  readonly #unanswered = (err: unknown): void => this.#deps.log.error({ err }, "A request was left without an answer");

  // A client's ping and its cancellations are control: they pass whatever happens here.
  #refusal(method: string, { role }: Principal): Fault | undefined {
    const { admission } = this.#deps;
    if (admission.draining && method !== "ping") return stopping();
    if (role === "viewer" && method === "tools/call") return onlyLooking();
    return admission.shedding && LISTED.has(method) ? admission.refusal("list") : undefined;
  }

  #responder(res: ServerResponse): Responder {
    return new Responder(res, this.#deps.world);
  }

  #answerFault(res: ServerResponse, fault: Fault, id: Asked["id"] | null): void {
    const { status, body } = faultReply(fault, { id, era: "modern" });
    noteRetry(res, fault);
    this.#responder(res).finish(body, status);
  }

  #refuse(req: IncomingMessage, res: ServerResponse, fault: Fault): void {
    if (!req.complete) res.setHeader("connection", "close");
    if (fault.code === "UNAUTHENTICATED") res.setHeader("www-authenticate", "Bearer");
    noteRetry(res, fault);
    const { status, body } = faultReply(fault, { id: null, era: "modern" });
    res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    res.write(body);
    discardBody(req, this.#deps.world, () => res.end());
  }
}

const stopping = (): Fault =>
  new Fault("DRAINING", "The gateway is stopping; connect again in a moment.", { retryAfterMs: 1_000 });

const onlyLooking = (): Fault =>
  new Fault("FORBIDDEN", "Calling a tool needs the role operator; this key has the role viewer. Nothing was done.");

function noteRetry(res: ServerResponse, { retryAfterMs }: Fault): void {
  if (retryAfterMs !== undefined) res.setHeader("retry-after", String(Math.ceil(retryAfterMs / 1000)));
}

function admit(deps: FrontDeps, req: IncomingMessage, res: ServerResponse): Arrived | Fault {
  const foreign = deps.access.checkHostAndOrigin(req);
  if (foreign !== undefined) return foreign;
  const via = req.headers[VIA_HEADER];
  const loop = typeof via === "string" ? loopFault(via, deps.gateway) : undefined;
  if (loop !== undefined) return loop;
  const principal = deps.access.mcpPrincipal(req);
  if (principal instanceof Fault) return principal;
  const view = viewOf(req.url ?? "");
  if (view === undefined) return new Fault("SERVER_NOT_FOUND", "The path must be /mcp or /mcp/<server>.");
  if (view !== null && !deps.hasServer(view)) {
    return new Fault(
      "SERVER_NOT_FOUND",
      `No server named ${view.slice(0, 40)} is configured; /mcp serves all of them.`,
    );
  }
  return { req, res, view, principal };
}

/** null for the aggregate, a name for one server, undefined for any other path. */
function viewOf(url: string): View | undefined {
  const end = url.search(/[?#]/);
  const path = end === -1 ? url : url.slice(0, end);
  if (path === "/mcp" || path === "/mcp/") return null;
  const name = path.slice("/mcp/".length);
  return /^[A-Za-z0-9._-]{1,40}$/.test(name) ? name : undefined;
}

const single = (value: string | string[] | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

const mcpHeaders = ({ headers }: IncomingMessage): McpHeaders => ({
  protocolVersion: single(headers["mcp-protocol-version"]),
  method: single(headers["mcp-method"]),
  name: single(headers["mcp-name"]),
});

const isModernHeader = ({ headers }: IncomingMessage): boolean =>
  single(headers["mcp-protocol-version"]) === "2026-07-28";

const acceptsEvents = ({ headers }: IncomingMessage): boolean => headers.accept?.includes("text/event-stream") ?? false;
