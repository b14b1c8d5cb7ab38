// How are modern clients served (2026-07-28)? Every request stands alone: no session, no stream but its own answer's.
import { Fault } from "#contract/fault.ts";
import { Cancellation } from "#lib/cancel.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { headerFault, type McpHeaders, type ModernRequest } from "#mcp/era.ts";
import { paramHeaderFault } from "#mcp/param-headers.ts";
import { LEGACY_VERSIONS, LOG_LEVELS, META, MODERN_VERSIONS } from "#mcp/protocol.ts";
import { viewCapabilities } from "#upstream/catalog.ts";
import type { ListHints } from "#upstream/snapshot.ts";
import type { Reply } from "#upstream/transport.ts";
import { type Asked, answerFault, awaitLists, type EdgeDeps, relayTo, resultText, runCall } from "./edge.ts";
import { answerList, CALLED, type Called, LISTED, unknownMethod } from "./requests.ts";

const MISSING_CLIENT_CAPABILITY = -32021;
const DISCOVER_TTL_MS = 0;

export class Modern {
  readonly #deps: EdgeDeps;

  constructor(deps: EdgeDeps) {
    this.#deps = deps;
  }

  /** Answers one request whose envelope was accepted; a fault is answered, never thrown. */
  async request(asked: Asked, envelope: ModernRequest, headers: McpHeaders): Promise<void> {
    try {
      await this.#answer(asked, envelope, headers);
    } catch (error) {
      answerFault(this.#deps, asked, { error, era: "modern" });
    }
  }

  async #answer(asked: Asked, envelope: ModernRequest, headers: McpHeaders): Promise<void> {
    const { method, params, id, responder, view } = asked;
    const called = CALLED.get(method);
    const list = LISTED.get(method);
    if (called === undefined && list === undefined && method !== "server/discover") throw unknownMethod(method);
    const disagreement = headerFault(method, params, headers);
    if (disagreement !== undefined) throw disagreement;
    if (called !== undefined) return this.#call(asked, envelope, called(params));
    await awaitLists(this.#deps, view);
    if (list === undefined) return responder.finish(this.#discover(asked));
    const { members, hints } = answerList(this.#deps.catalog, { view, kind: list, params });
    responder.finish(resultText(id, `${members},${hintMembers(hints)},${this.#complete(asked)}`));
  }

  #discover(asked: Asked): string {
    const { catalog } = this.#deps;
    const instructions = asked.view === null ? undefined : catalog.snapshot(asked.view)?.instructions;
    const members = [
      `"supportedVersions":${JSON.stringify([...MODERN_VERSIONS, ...LEGACY_VERSIONS])}`,
      `"capabilities":${JSON.stringify(viewCapabilities(catalog, asked.view, false))}`,
      ...(instructions ? [`"instructions":${JSON.stringify(instructions)}`] : []),
      hintMembers({ ttlMs: DISCOVER_TTL_MS, cacheScope: "private" }),
      this.#complete(asked),
    ];
    return resultText(asked.id, members.join(","));
  }

  #complete({ view }: Asked): string {
    const info = (view === null ? null : this.#deps.catalog.snapshot(view)?.serverInfo) ?? this.#deps.identity;
    return `"resultType":"complete","_meta":{"${META.serverInfo}":${JSON.stringify(info)}}`;
  }

  async #call(asked: Asked, envelope: ModernRequest, called: Called): Promise<void> {
    const { method, params, view, principal, responder, req } = asked;
    if (called.kind === "tool") this.#checkMirroredArguments(asked, called.name);
    const control = new Cancellation();
    // In this era the client's going away is the cancellation.
    responder.onGone(() => control.abort(new Fault("CANCELLED", "The client closed the request.")));
    if (req.socket.destroyed) return;
    const { logLevel } = envelope;
    const { kind, name } = called;
    const onMessage = relayTo(asked, (level) => logLevel !== undefined && rank(level) >= rank(logLevel));
    await runCall(this.#deps, asked, {
      era: "modern",
      extraMembers:
        kind === "resource" ? `"resultType":"complete",${hintMembers(PRIVATE_NOW)}` : '"resultType":"complete"',
      statusOf,
      call: { kind, name, method, view, params, principal: principal.id, era: "modern", control, onMessage, logLevel },
    });
  }

  #checkMirroredArguments(asked: Asked, name: string): void {
    const tool = this.#deps.catalog.tool(asked.view, name);
    if (tool === undefined || tool.headerParams.length === 0) return;
    const args = isObject(asked.params.arguments) ? asked.params.arguments : {};
    const disagreement = paramHeaderFault(tool.headerParams, args, asked.req.headers);
    if (disagreement !== undefined) throw disagreement;
  }
}

const PRIVATE_NOW: ListHints = { ttlMs: 0, cacheScope: "private" };

const hintMembers = ({ ttlMs, cacheScope }: ListHints): string => `"ttlMs":${ttlMs},"cacheScope":"${cacheScope}"`;

const rank = (level: unknown): number => (LOG_LEVELS as readonly unknown[]).indexOf(level);

// The revision asks for HTTP 400 when a client capability is missing; other errors of a call travel in band.
function statusOf({ bytes, scan }: Reply): number {
  try {
    const error = JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as JsonObject;
    return error.code === MISSING_CLIENT_CAPABILITY ? 400 : 200;
  } catch {
    return 200;
  }
}
