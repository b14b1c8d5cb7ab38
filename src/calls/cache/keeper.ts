// How is a call answered whose result may be kept? From what is kept while that is fresh, from its server else, and with the
// last good answer when that fails and the rule allows it.
import type { Answer, Call, Handler, Target } from "#calls/call.ts";
import { begun } from "#calls/with-end.ts";
import type { CacheRequest, CacheRule } from "#contract/cache.ts";
import { type FaultCode, toFault } from "#contract/fault.ts";
import { Cancellation } from "#lib/cancel.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { answerRefusal, mayServeStale } from "#policy/cacheability.ts";
import type { Reply } from "#upstream/transport.ts";
import { type Coalescer, Question } from "./coalesce.ts";
import { COUNTED } from "./counts.ts";
import { answerFacts, type Entry } from "./entry.ts";
import { asText } from "./held.ts";
import { hintedRule, hintsOf, withTimeLeft } from "./hints.ts";
import type { Kept } from "./kept.ts";
import { askedBy, cacheKey } from "./key.ts";
import type { Plan } from "./plans.ts";

export interface KeeperDeps {
  readonly world: World;
  readonly log: Log;
  readonly kept: Kept;
  readonly coalescer: Omit<Coalescer, "layer">;
}

export interface Keepable {
  readonly plan: Plan;
  readonly rule: CacheRule;
  /** The server's own word in its answer says for how long and for whom. */
  readonly hinted: boolean;
  readonly request: Exclude<CacheRequest, "bypass">;
}

interface Keyed extends Keepable {
  /** Where an answer may be found; the first is also what equal questions are known by. */
  readonly keys: readonly string[];
  /** Asked of our own accord: nobody waits for the answer, so no old one stands in for it. */
  readonly behind: boolean;
}

export class Keeper {
  readonly #deps: KeeperDeps;

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  answer(next: Handler, call: Call, keepable: Keepable): Answer {
    const keys = keysOf(call, keepable);
    if (keys === undefined) {
      call.cacheReason = "arguments_too_large";
      return next(call);
    }
    const { plan, rule, hinted, request } = keepable;
    const keyed: Keyed = { plan, rule, hinted, request, keys, behind: false };
    if (keepable.request === "refresh") {
      call.cacheReason = "asked";
      return this.#ask(next, call, keyed);
    }
    return this.#look(next, call, keyed);
  }

  #look(next: Handler, call: Call, keyed: Keyed): Answer {
    const now = this.#deps.world.now();
    const entry = find(this.#deps.kept, keyed.keys, now);
    if (entry === undefined || now >= entry.revalidateUntil) {
      call.disposition = "miss";
      return this.#ask(next, call, keyed);
    }
    call.disposition = now < entry.freshUntil ? "hit" : "stale";
    const reply = serve(call, entry, now);
    if (call.disposition === "stale") this.#refresh(next, call, keyed);
    return reply;
  }

  #ask(next: Handler, call: Call, keyed: Keyed): Promise<Reply> {
    const { plan, keys, request } = keyed;
    const { coalescer } = this.#deps;
    const question = new Question(keys[0] as string, plan.row);
    // Whoever wants a fresh answer must not be given one that was asked for before.
    if (request !== "refresh") call.question = question;
    const turn = request === "refresh" ? undefined : coalescer.stand(call, question);
    if (turn !== undefined) return this.#afterTurn(turn, next, { call, keyed });
    const store = (answered: Reply): Reply => {
      try {
        const reply = coalescer.landed(question, answered, call.upstreamMs ?? 0);
        return call.disposition === "coalesced" ? reply : this.#store(call, reply, { keyed, question });
      } finally {
        coalescer.release(question);
      }
    };
    const fallBack = (error: unknown): Reply => {
      try {
        coalescer.failed(question, error);
        return this.#orLastGood(call, keyed, error);
      } finally {
        coalescer.release(question);
      }
    };
    return begun(next, call).then(store, fallBack);
  }

  /** Looks again once the question is over that it stood in line behind. */
  async #afterTurn(turn: Promise<void>, next: Handler, { call, keyed }: { call: Call; keyed: Keyed }): Promise<Reply> {
    try {
      await turn;
      return await this.#look(next, call, keyed);
    } catch (error) {
      return this.#orLastGood(call, keyed, error);
    }
  }

  /** An old answer in place of this failure, where one may be given; throws the failure else. */
  #orLastGood(call: Call, { keys, request, behind }: Keyed, error: unknown): Reply {
    const { code } = toFault(error);
    const entry = request === "refresh" || behind ? undefined : this.#lastGood(keys, code);
    if (entry === undefined) throw error;
    call.disposition = "stale";
    call.staleBecause = code;
    return serve(call, entry, this.#deps.world.now());
  }

  #lastGood(keys: readonly string[], code: FaultCode): Entry | undefined {
    if (!mayServeStale(code)) return undefined;
    const now = this.#deps.world.now();
    const entry = find(this.#deps.kept, keys, now);
    return entry !== undefined && now < entry.staleUntil ? entry : undefined;
  }

  /** Answers the reply that goes on, which a small one does as it is kept. */
  #store(call: Call, reply: Reply, { keyed, question }: { keyed: Keyed; question: Question }): Reply {
    const { kept, world } = this.#deps;
    const { plan, rule, hinted, keys } = keyed;
    const { row } = plan;
    const refusal = answerRefusal(answerFacts(reply), kept.maxAnswerBytes);
    const hints = hinted && refusal === undefined ? hintsOf(reply) : undefined;
    if (refusal !== undefined || (hinted && hints === undefined)) {
      row.counts.refused(refusal ?? "no_ttl");
      return reply;
    }
    const terms = hints === undefined ? rule : hintedRule(hints, rule);
    const key = (hinted && terms.scope === "public" ? keys.at(-1) : keys[0]) as string;
    const own = asText(reply);
    const owner = terms.scope === "private" ? call.principal : null;
    const fields = { row, owner, reply: own, rule: terms, hinted, storedAt: world.now(), costMs: call.upstreamMs ?? 0 };
    if (kept.put(key, fields, question.stamp)) {
      // Whose answer it is may be another than last time.
      for (const other of keys) if (other !== key) kept.replace(other);
    } else row.counts.refused("invalidated");
    return own;
  }

  /** Fetches anew behind a stale answer, once at a time; a failure leaves the old answer where it is. */
  #refresh(next: Handler, call: Call, keyed: Keyed): void {
    const { coalescer, world, log } = this.#deps;
    const { row } = keyed.plan;
    if (coalescer.asks(keyed.keys[0] as string)) return;
    row.counts.count(COUNTED.refreshes);
    const behind: Call = {
      ...call,
      id: `${call.id}-refresh`,
      control: new Cancellation(),
      onMessage: undefined,
      at: world.wall(),
      startedAt: world.now(),
      disposition: "miss",
    };
    this.#ask(next, behind, { ...keyed, behind: true }).catch((err) => {
      log.debug({ err, server: row.shelf.server, tool: row.tool }, "A stale answer could not be fetched anew");
    });
  }
}

// Whether a resource is for everybody is known only from its answer: it is looked for under both keys, and asked for privately.
function keysOf(call: Call, { plan, rule, hinted }: Keepable): readonly string[] | undefined {
  const { params } = call.target as Target;
  const own = cacheKey(plan.prefix, askedBy(call, params, hinted ? "private" : rule.scope));
  if (own === undefined) return undefined;
  if (!hinted || rule.scope === "private") return [own];
  return [own, cacheKey(plan.prefix, askedBy(call, params, "public")) as string];
}

function find(kept: Kept, keys: readonly string[], now: number): Entry | undefined {
  for (const key of keys) {
    const entry = kept.get(key, now);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function serve(call: Call, entry: Entry, now: number): Reply {
  call.ageMs = now - entry.storedAt;
  entry.row.counts.saved(entry.costMs);
  return entry.hinted ? withTimeLeft(entry.held.reply, entry.freshUntil - now) : entry.held.reply;
}
