// What does a call meet on its way through the cache? The real layers from the record to the server, which here answers as told,
// and a clock moved by hand.
import type { ToolCache, ToolCacheDeps } from "#calls/cache/tool-cache.ts";
import { type Call, createCallFactory, type Target } from "#calls/call.ts";
import { record } from "#calls/record.ts";
import { CACHE_DEFAULTS } from "#contract/cache.ts";
import { settingsOf } from "#contract/preset.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import { scanReply } from "#mcp/scan.ts";
import type { ToolEntry } from "#upstream/catalog.ts";
import type { Reply } from "#upstream/transport.ts";

export type CreateToolCache = (deps: ToolCacheDeps) => ToolCache;

/** Fresh for so long, in milliseconds. */
export const TTL_MS = 300_000;

export interface Question {
  readonly path?: string;
  readonly principal?: string;
}

export interface Onion {
  readonly clock: HandWorld;
  readonly cache: ToolCache;
  /** Calls that reached the server. */
  readonly asked: () => number;
  /** Answers the call, and with what text, once it is over. */
  readonly ask: (question?: Question) => Promise<{ readonly call: Call; readonly text: string }>;
  /** How the server answers from now on; by default each time with another text. */
  answers: (time: number) => Reply | Promise<Reply>;
}

const SERVER = "files";

const definition: UpstreamDefinition = {
  name: SERVER,
  origin: "file",
  enabled: true,
  description: "",
  trusted: true,
  timeoutMs: 5_000,
  ...settingsOf("default", "http"),
  cache: { ...CACHE_DEFAULTS, mode: "auto", ttlMs: TTL_MS },
  hideAfterMs: 0,
  tools: { allow: ["*"], deny: [] },
  transport: { kind: "http", url: "http://127.0.0.1:1/mcp", headers: {}, sseFallback: false },
};

const tool: ToolEntry = {
  server: SERVER,
  name: "read",
  qualifiedName: `${SERVER}__read`,
  definition: { name: "read", annotations: { readOnlyHint: true } },
  headerParams: [],
  claimsRepeatable: true,
};

/** A reply as a server sends it. */
export function replyOf(result: { readonly text: string; readonly isError?: boolean }): Reply {
  const { text, isError = false } = result;
  const message = { jsonrpc: "2.0", id: "o2-1", result: { content: [{ type: "text", text }], isError } };
  const bytes = Buffer.from(JSON.stringify(message));
  const scan = scanReply(bytes);
  if (scan === undefined) throw new Error("what was made is no reply");
  return { bytes, scan };
}

export function createOnion(create: CreateToolCache, limits: ToolCacheDeps["limits"] = {}): Onion {
  const clock = handWorld(0);
  const cache = create({ world: clock, log: silentLog, limits, onInvalidated() {}, isTight: () => false });
  const factory = createCallFactory({ now: clock.now, wall: clock.wall, prefix: "v" });
  const bugs: unknown[] = [];
  let asked = 0;
  const recorded = record({ world: clock, onFinished() {}, onBug: (error) => bugs.push(error) });
  const handler = recorded(
    cache.cache(
      cache.coalesce(async (call) => {
        call.attempts++;
        call.upstreamMs = 0;
        return self.answers(++asked);
      }),
    ),
  );
  const self: Onion = {
    clock,
    cache,
    asked: () => asked,
    answers: (time) => replyOf({ text: `answer ${time}` }),
    async ask(question) {
      const call = newCall(factory, question);
      try {
        return { call, text: textOf(await handler(call)) };
      } catch (fault) {
        throw bugs[0] ?? fault;
      }
    },
  };
  return self;
}

function newCall(factory: ReturnType<typeof createCallFactory>, { path = "x", principal = "local" }: Question = {}) {
  const params = { name: tool.name, arguments: { path } };
  const fields = { kind: "tool", method: "tools/call", view: SERVER, name: tool.name, era: "legacy" } as const;
  const call = factory.create({ ...fields, params, principal });
  const target: Target = {
    server: SERVER,
    params,
    headers: undefined,
    timeoutMs: definition.timeoutMs,
    repeatable: true,
    definition,
    era: "legacy",
    tool,
  };
  call.target = target;
  return call;
}

function textOf({ bytes, scan }: Reply): string {
  const result = JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as { content?: { text?: string }[] };
  return result.content?.[0]?.text ?? "";
}
