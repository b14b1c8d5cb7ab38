// On which stage do tests of the cache play? The real layers from the record to the deadline, a server that answers as told or
// holds its answers back, and a clock that moves by hand.
import { definitionOf, later, newCall, replyOf, targetOf } from "#calls/call.fixture.ts";
import type { Call, Handler } from "#calls/call.ts";
import { deadline } from "#calls/deadline.ts";
import { record } from "#calls/record.ts";
import { CACHE_DEFAULTS, type CacheRequest, type CacheSettings } from "#contract/cache.ts";
import type { CallRecord } from "#contract/call.ts";
import type { Era, UpstreamDefinition } from "#contract/upstream.ts";
import type { Cancellation } from "#lib/cancel.ts";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import type { JsonObject } from "#lib/json.ts";
import type { ToolEntry } from "#upstream/catalog.ts";
import type { Reply } from "#upstream/transport.ts";
import { newToolCache } from "./cache.fixture.ts";
import type { ToolCacheDeps } from "./tool-cache.ts";

export const READS = { readOnlyHint: true };

export const textReply = (text: string): Reply => replyOf({ result: { content: [{ type: "text", text }] } });

/** What stands in a reply's result or error. */
export const outcomeOf = ({ bytes, scan }: Reply): JsonObject =>
  JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as JsonObject;

export const textOf = (reply: Reply): string =>
  ((outcomeOf(reply).content as JsonObject[])[0] as { text: string }).text;

export interface Asking {
  readonly tool?: string;
  readonly arguments?: unknown;
  /** Reads this resource in place of calling a tool. */
  readonly uri?: string;
  readonly principal?: string;
  readonly view?: string | null;
  readonly request?: CacheRequest;
  readonly meta?: unknown;
  /** More members of the request's parameters. */
  readonly more?: JsonObject;
  readonly timeoutMs?: number;
  readonly control?: Cancellation;
}

/** A call that the server has in hand. */
export interface Held {
  readonly call: Call;
  answer(reply: Reply): void;
  fail(error: unknown): void;
}

export interface StageOptions {
  readonly cache?: Partial<CacheSettings>;
  readonly trusted?: boolean;
  /** By the tool's own name; what is not named reads only. */
  readonly annotations?: Readonly<Record<string, JsonObject | undefined>>;
  readonly deps?: Partial<ToolCacheDeps>;
  readonly world?: HandWorld;
}

export interface Outcome {
  readonly call: Call;
  readonly reply: Promise<Reply>;
}

export class Stage {
  readonly world: HandWorld;
  readonly cache: ReturnType<typeof newToolCache>;
  readonly records: CallRecord[] = [];
  readonly bugs: unknown[] = [];
  /** Calls that reached the server, in their order. */
  readonly asked: Call[] = [];
  readonly held: Held[] = [];
  definition: UpstreamDefinition;
  era: Era = "legacy";
  /** How the server answers; undefined: it holds the call. */
  answers: ((call: Call) => Reply | Promise<Reply>) | undefined = (call) =>
    textReply(`answer ${this.asked.indexOf(call)}`);
  readonly #annotations: NonNullable<StageOptions["annotations"]>;
  readonly #tools = new Map<string, ToolEntry>();
  readonly #onion: Handler;

  constructor({ cache, trusted = true, annotations = {}, deps, world = handWorld() }: StageOptions = {}) {
    this.world = world;
    this.cache = newToolCache(world, deps);
    this.#annotations = annotations;
    this.definition = definitionOf("files", { trusted, cache: { ...CACHE_DEFAULTS, mode: "auto", ...cache } });
    const onFinished = (it: CallRecord): void => void this.records.push(it);
    const recorded = record({ world, onFinished, onBug: (error) => this.bugs.push(error) });
    const send = deadline({ world })((call) => this.#send(call));
    this.#onion = later(recorded(this.cache.cache(this.cache.coalesce(send))));
  }

  /** What the server was asked so far. */
  get count(): number {
    return this.asked.length;
  }

  start(asking: Asking = {}): Outcome {
    const { tool = "read", uri, principal = "local", view = "files", request, meta, more, timeoutMs = 5_000 } = asking;
    const own: JsonObject = uri === undefined ? { name: tool, arguments: asking.arguments ?? { path: "x" } } : { uri };
    const params: JsonObject = { ...own, ...(meta === undefined ? undefined : { _meta: meta }), ...more };
    const call = newCall(this.world, {
      params,
      principal,
      view,
      ...(uri === undefined ? { name: tool } : { kind: "resource", method: "resources/read", name: uri }),
      ...(request === undefined ? undefined : { cacheRequest: request }),
      ...(asking.control === undefined ? undefined : { control: asking.control }),
    });
    call.target = targetOf(this.definition.name, {
      params,
      timeoutMs,
      definition: this.definition,
      era: this.era,
      tool: uri === undefined ? this.tool(tool) : undefined,
    });
    const reply = this.#onion(call);
    // Tests hear of it when they await it, which may be later.
    reply.catch(() => {});
    return { call, reply };
  }

  /** Asks and waits; answers the call as it was left. */
  async ask(asking: Asking = {}): Promise<{ call: Call; reply: Reply }> {
    const { call, reply } = this.start(asking);
    return { call, reply: await reply };
  }

  tool(name: string): ToolEntry {
    const known = this.#tools.get(name);
    if (known !== undefined) return known;
    const annotations = name in this.#annotations ? this.#annotations[name] : READS;
    const entry: ToolEntry = {
      server: "files",
      name,
      qualifiedName: `files__${name}`,
      definition: { name, ...(annotations === undefined ? undefined : { annotations }) },
      headerParams: [],
      claimsRepeatable: false,
    };
    this.#tools.set(name, entry);
    return entry;
  }

  async #send(call: Call): Promise<Reply> {
    const since = this.world.now();
    this.asked.push(call);
    call.attempts++;
    try {
      return await (this.answers?.(call) ?? this.#hold(call));
    } finally {
      call.upstreamMs = this.world.now() - since;
    }
  }

  #hold(call: Call): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.held.push({ call, answer: resolve, fail: reject });
      call.control.addEventListener("abort", () => reject(call.control.reason));
    });
  }
}
