// Does the cache ask once for equal questions, and count what it does? Seen between the layers of the onion, and judged here.
import type { Answerer, Call, Handler } from "../../src/calls/call.ts";
import type { SharedLayers } from "../../src/calls/pipeline.ts";
import type { CacheCounts } from "../../src/contract/cache.ts";
import type { Disposition } from "../../src/contract/call.ts";
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { Reply } from "../../src/upstream/transport.ts";
import { ruleOf } from "./cache-truth.ts";
import type { Watch } from "./watch.ts";

const REFRESH = "-refresh";
/** The call for whose caller this one fetches anew; itself for any other. */
export const baseOf = (callId: string): string => (isRefresh(callId) ? callId.slice(0, -REFRESH.length) : callId);
const isRefresh = (callId: string): boolean => callId.endsWith(REFRESH);

/** A question that is being asked. */
interface Lead {
  readonly id: string;
  readonly epoch: number;
}

export class CacheCounter {
  readonly #watch: Watch;
  /** By question. */
  readonly #leads = new Map<string, Set<Lead>>();
  /** By server: counts up with everything that may have changed what it answers. */
  readonly #epochs = new Map<string, number>();
  readonly #answered: Record<Disposition, number> = { hit: 0, miss: 0, stale: 0, bypass: 0, shadow: 0, coalesced: 0 };
  #entered = 0;
  #failed = 0;
  #refreshes = 0;
  /** Answers of servers to calls. */
  #arrived = 0;
  /** On its way to the layer that joins equal calls, not out of it again after a wait. */
  #coming: Call | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** The same layers, under observation. */
  observe({ cache, coalesce }: SharedLayers["toolCache"]): SharedLayers["toolCache"] {
    return {
      cache: (next) => {
        const inner = cache(next);
        return (call) => this.#passing(call, inner);
      },
      coalesce: (next) => {
        const inner = coalesce((call) => this.#leading(call, next));
        return (call) => {
          this.#coming = call;
          const reply = inner(call);
          this.#coming = undefined;
          return reply;
        };
      },
    };
  }

  changed(server: string): void {
    this.#epochs.set(server, this.#epoch(server) + 1);
  }

  arrived(callId: string): void {
    if (!isRefresh(callId)) this.#arrived++;
  }

  /** When no call is under way any more. */
  reconcile(counts: CacheCounts): void {
    const { hit, stale, coalesced, miss, bypass, shadow } = this.#answered;
    const upstream = miss + bypass + shadow;
    this.#compare("calls", counts.calls, this.#entered);
    this.#compare("hits", counts.hits, hit);
    this.#compare("stale", counts.stale, stale);
    this.#compare("coalesced", counts.coalesced, coalesced);
    this.#compare("upstream", counts.upstream, upstream);
    this.#compare("faults", counts.faults, this.#failed);
    this.#compare("refreshes", counts.refreshes, this.#refreshes);
    this.#compare("answers of servers", this.#arrived, upstream);
  }

  #compare<T>(what: string, told: T, seen: T): void {
    if (told !== seen) this.#watch.broken("counts", "", `${what}: ${told} are told, ${seen} were seen`);
  }

  async #passing(call: Call, inner: Answerer): Promise<Reply> {
    const server = call.target?.server as string;
    const doubtful = !call.target?.definition.trusted || call.target.tool?.name === "write";
    this.#entered++;
    if (doubtful) this.changed(server);
    try {
      const reply = await inner(call);
      this.#answered[call.disposition]++;
      return reply;
    } catch (error) {
      this.#failed++;
      throw error;
    } finally {
      if (doubtful) this.changed(server);
    }
  }

  async #leading(call: Call, next: Handler): Promise<Reply> {
    if (isRefresh(call.id)) this.#refreshes++;
    this.#watch.calls.asksServer(call.target?.server as string);
    if (call.question === undefined) return next(call);
    const key = keyOf(call);
    const lead = { id: call.id, epoch: this.#epoch(call.target?.server as string) };
    const others = this.#leads.get(key) ?? new Set();
    // Who takes the place of one that failed may do so a moment before the end of a write is known here.
    if (this.#coming === call) this.#judge(lead, others, key);
    this.#leads.set(key, others.add(lead));
    try {
      return await next(call);
    } finally {
      others.delete(lead);
      if (others.size === 0) this.#leads.delete(key);
    }
  }

  #judge({ id, epoch }: Lead, others: ReadonlySet<Lead>, key: string): void {
    for (const other of others)
      if (other.epoch === epoch) this.#watch.broken("asked twice", key, `${id} asks while ${other.id} asks the same`);
  }

  #epoch(server: string): number {
    return this.#epochs.get(server) ?? 0;
  }
}

function keyOf({ target, view, principal, params }: Call): string {
  const definition = target?.definition as UpstreamDefinition;
  const tool = target?.tool?.name as string;
  const whose = ruleOf(definition, tool)?.scope === "public" ? "everybody" : principal;
  const { key } = params.arguments as { key: string };
  return [target?.server, configured(definition), view === null ? "all" : "own", whose, tool, key].join(" ");
}

/** Another one for each change of the configuration that there is here. */
const configured = ({ timeoutMs, transport }: UpstreamDefinition): string =>
  `${timeoutMs} ${transport.kind === "stdio" ? transport.args : transport.url}`;
