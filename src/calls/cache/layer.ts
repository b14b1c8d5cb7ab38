// What does the cache do with this call? The layer: it looks up the tool's plan, and lets the call pass, watches it, or has it
// answered by the keeper; around every call that may write it empties the server's shelf.
import type { Answer, Answerer, Call, Handler, Target } from "#calls/call.ts";
import { CACHE_REQUESTS, type CacheRequest } from "#contract/cache.ts";
import { Fault, toFault } from "#contract/fault.ts";
import { isObject } from "#lib/json.ts";
import type { World } from "#lib/world.ts";
import { META } from "#mcp/protocol.ts";
import { answerRefusal, inDoubt, parametersRefusal } from "#policy/cacheability.ts";
import type { Reply } from "#upstream/transport.ts";
import { answerFacts } from "./entry.ts";
import type { Keeper } from "./keeper.ts";
import type { Kept } from "./kept.ts";
import { askedBy, cacheKey } from "./key.ts";
import { type Plan, Plans } from "./plans.ts";
import type { Shadow } from "./shadow.ts";
import type { Row } from "./shelf.ts";

export interface CacheLayerDeps {
  readonly world: World;
  readonly kept: Kept;
  readonly shadow: Shadow;
  readonly keeper: Keeper;
  /** Answers were dropped because a call may have changed what they say. */
  readonly onWritten: (server: string, removed: number) => void;
}

/** The only one that has answers of its own. */
export type CachingLayer = (next: Handler) => Answerer;

export class CacheLayer {
  readonly #deps: CacheLayerDeps;
  readonly #plans: Plans;

  constructor(deps: CacheLayerDeps) {
    this.#deps = deps;
    this.#plans = new Plans(deps.kept);
  }

  readonly layer: CachingLayer = (next) => (call) => {
    const plan = this.#plans.of(call.kind, call.target as Target);
    call.cacheRow = plan.row;
    return plan.empties ? this.#write(next, call, plan) : this.#route(next, call, plan);
  };

  #route(next: Handler, call: Call, plan: Plan): Answer {
    const { keeping } = plan;
    if (keeping.kind === "pass") {
      call.cacheReason = keeping.reason;
      return next(call);
    }
    const request = requestOf(call);
    if (request instanceof Fault) return Promise.reject(request);
    call.cacheReason = request === "bypass" ? "asked" : (parametersRefusal(call.params) ?? null);
    if (request === "bypass" || call.cacheReason !== null) return next(call);
    if (keeping.kind !== "watch") {
      const { rule, kind } = keeping;
      return this.#deps.keeper.answer(next, call, { plan, rule, hinted: kind === "hinted", request });
    }
    call.cacheReason = keeping.reason;
    return this.#watch(next, call, plan);
  }

  // Before: what is kept was true until now. After: what was asked meanwhile may have been read before or after the change.
  async #write(next: Handler, call: Call, plan: Plan): Promise<Reply> {
    this.#written(plan.row);
    try {
      return await this.#route(next, call, plan);
    } catch (error) {
      // It may still be carried out, for as long as the server might have worked on it.
      if (call.attempts > 0 && inDoubt(toFault(error))) {
        const { shelf } = plan.row;
        const until = this.#deps.world.now() + (call.target as Target).timeoutMs;
        shelf.unsettledUntil = Math.max(shelf.unsettledUntil, until);
      }
      throw error;
    } finally {
      this.#written(plan.row);
    }
  }

  #written(row: Row): void {
    const removed = this.#deps.kept.overtake(row);
    if (removed > 0) this.#deps.onWritten(row.shelf.server, removed);
  }

  #watch(next: Handler, call: Call, { row, prefix }: Plan): Promise<Reply> {
    const key = cacheKey(prefix, askedBy(call, (call.target as Target).params, "private"));
    if (key === undefined) {
      call.cacheReason = "arguments_too_large";
      return next(call);
    }
    call.disposition = "shadow";
    const stamp = row.watchStamp;
    return next(call).then((reply) => {
      const { world, kept, shadow } = this.#deps;
      const keepable = answerRefusal(answerFacts(reply), kept.maxAnswerBytes) === undefined;
      shadow.note({ key, row, stamp, reply, keepable, tookMs: call.upstreamMs ?? 0, now: world.now() });
      return reply;
    });
  }
}

/** What the caller asked of the cache: over REST beside the call, over MCP in `_meta`. */
function requestOf({ cacheRequest, params }: Call): CacheRequest | Fault {
  if (cacheRequest !== undefined) return cacheRequest;
  const said = isObject(params._meta) ? params._meta[META.cache] : undefined;
  if (said === undefined) return "use";
  return CACHE_REQUESTS.find((request) => request === said) ?? badRequest();
}

const badRequest = (): Fault =>
  new Fault("INVALID_PARAMS", `The key ${META.cache} in _meta must be one of ${CACHE_REQUESTS.join(", ")}.`);
