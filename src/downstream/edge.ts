// What do both eras share at the edge? The exchange of one POST, and how a call goes into the onion and comes out as bytes.
import type { IncomingMessage } from "node:http";
import type { Principal } from "#access/principal.ts";
import { cacheMark } from "#calls/cache/mark.ts";
import type { Answer, Answerer, Call, CallFactory, NewCall } from "#calls/call.ts";
import { Fault, toFault } from "#contract/fault.ts";
import { returnBuffer } from "#lib/buffer-pool.ts";
import { Cancellation, type CancelSignal } from "#lib/cancel.ts";
import type { JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { progressTokenOf } from "#mcp/envelope.ts";
import { faultReply } from "#mcp/fault-reply.ts";
import { type Implementation, META, type RequestId } from "#mcp/protocol.ts";
import { spliceReply } from "#mcp/splice.ts";
import { VIA_HEADER } from "#mcp/via.ts";
import type { Catalog, View } from "#upstream/catalog.ts";
import type { Reply, SideMessage } from "#upstream/transport.ts";
import type { Responder } from "./responder.ts";

export interface EdgeDeps {
  readonly world: World;
  readonly log: Log;
  readonly catalog: Catalog;
  readonly pipeline: Answerer;
  readonly factory: CallFactory;
  /** Who we say we are on the aggregate endpoint. */
  readonly identity: Implementation;
  readonly admission: Admission;
  /** Resolves once the server's lists are known; throws why it cannot be reached. */
  readonly firstContact: (server: string, signal: CancelSignal) => Promise<void>;
  /** Whether results carry the call's id in `_meta`. */
  readonly markResults: boolean;
}

/** What is refused while the gateway itself is short of time or memory, or stops. The onion refuses calls by itself. */
export interface Admission {
  /** Whether anything may be refused: all that a request costs while nothing is. */
  readonly shedding: boolean;
  readonly draining: boolean;
  /** Why lists are not answered now, or undefined. */
  refusal(work: "list"): Fault | undefined;
}

/** One authenticated POST with a request in it. */
export interface Asked {
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
  readonly view: View;
  readonly principal: Principal;
  readonly req: IncomingMessage;
  readonly responder: Responder;
}

export const resultText = (id: RequestId, members: string): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{${members}}}`;

export interface RunOptions {
  readonly call: NewCall;
  readonly era: "legacy" | "modern";
  /** JSON members for a result whose upstream did not give a resultType; modern era only. */
  readonly extraMembers: string;
  readonly statusOf: (reply: Reply) => number;
  /** The call is over, however it ended. */
  readonly onEnd?: () => void;
}

/** Undefined when a request was answered at once; else it resolves when the answer was handed over. */
export type Answering = Promise<void> | undefined;

/** Sends one call through the onion and answers it, whatever happens. */
export function runCall(deps: EdgeDeps, asked: Asked, options: RunOptions): Answering {
  const call = deps.factory.create(options.call);
  const via = asked.req.headers[VIA_HEADER];
  if (typeof via === "string") call.via = via;
  const run: Run = { deps, asked, options, call };
  let answer: Answer;
  try {
    answer = deps.pipeline(call);
  } catch (error) {
    return failed(run, error);
  }
  if (!(answer instanceof Promise)) return answered(run, answer);
  return answer.then(
    (reply) => answered(run, reply),
    (error) => failed(run, error),
  );
}

interface Run {
  readonly deps: EdgeDeps;
  readonly asked: Asked;
  readonly options: RunOptions;
  readonly call: Call;
}

function answered(run: Run, reply: Reply): undefined {
  const { deps, asked, options, call } = run;
  try {
    const mark = deps.markResults ? markOf(call) : undefined;
    const pieces = spliceReply(reply, { id: asked.id, mark, extraMembers: options.extraMembers });
    const status = reply.scan.kind === "error" ? options.statusOf(reply) : 200;
    const { text, bytes } = reply;
    asked.responder.finishPieces(pieces, status, text === undefined ? () => returnBuffer(bytes) : undefined);
  } catch (error) {
    return failed(run, error);
  }
  options.onEnd?.();
}

function failed({ asked, options, call }: Run, error: unknown): undefined {
  try {
    const { status, body } = faultReply(error, { id: asked.id, era: options.era, call });
    asked.responder.finish(body, status);
  } finally {
    options.onEnd?.();
  }
}

/** What is said about the call in its result's `_meta`: which one it was, and what the cache did when it answered. */
function markOf(call: Call): string {
  const own = `"${META.call}":"${call.id}"`;
  const cached = cacheMark(call);
  if (cached === undefined) return own;
  const fault = cached.fault === undefined ? "" : `,"fault":"${cached.fault}"`;
  return `${own},"${META.cache}":{"disposition":"${cached.disposition}","ageMs":${cached.ageMs}${fault}}`;
}

/** A server that is still being downloaded may take this long to say what it offers, in milliseconds. */
const FIRST_CONTACT_MS = 30_000;

/** Resolves once the lists of the view are known; throws why they are not. */
export async function awaitLists({ catalog, world, firstContact }: EdgeDeps, view: View): Promise<void> {
  if (view === null || catalog.snapshot(view) !== undefined) return;
  const control = new Cancellation();
  const cancel = world.after(FIRST_CONTACT_MS, () => control.abort(slowStart(view)));
  await firstContact(view, control.signal).finally(cancel);
}

const slowStart = (server: string): Fault =>
  new Fault(
    "UPSTREAM_UNAVAILABLE",
    `${server} did not start within ${FIRST_CONTACT_MS / 1000} s; it is still being tried. Ask again in a moment.`,
    { server, retryAfterMs: 1_000 },
  );

/** Answers a fault of a request that never became a call, and logs what nobody expected. */
export function answerFault(
  { log }: EdgeDeps,
  asked: Asked,
  failure: { error: unknown; era: "legacy" | "modern" },
): void {
  const { error, era } = failure;
  if (toFault(error).code === "INTERNAL") log.error({ err: error, method: asked.method }, "A request met a bug");
  const { status, body } = faultReply(error, { id: asked.id, era });
  asked.responder.finish(body, status);
}

/** Hands a call's notifications to its caller: progress under the caller's own token, log messages that pass the filter. */
export function relayTo(asked: Asked, passesLevel: (level: unknown) => boolean): (message: SideMessage) => void {
  const progressToken = progressTokenOf(asked.params);
  return ({ method, params }) => {
    if (method === "notifications/progress" && progressToken !== undefined) {
      asked.responder.notify(method, { ...params, progressToken });
    } else if (method === "notifications/message" && passesLevel(params.level)) {
      asked.responder.notify(method, params);
    }
  };
}
