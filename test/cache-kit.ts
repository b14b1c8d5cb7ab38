// How do the cache's tests ask, on every way in, and what do they see of an answer? And what must its numbers always say?
import assert from "node:assert/strict";
import { request } from "undici";
import type { CacheAnswer, CacheCounts } from "../src/contract/cache.ts";
import type { CallRecord } from "../src/contract/call.ts";
import { type TestGateway, until } from "./kit.ts";
import { JSON_TYPES, modern } from "./raw.ts";
import type { CountedServer } from "./upstreams/counted.ts";

/** Ways in: both endpoints in both eras, where every local client is one principal, and REST, where it is another. */
export const WAYS = ["modern", "modern-own", "legacy", "legacy-own", "rest"] as const;
export type Way = (typeof WAYS)[number];

export interface Asking {
  readonly server: string;
  readonly tool: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** Default `modern`. */
  readonly way?: Way;
  /** Further members of `params`; not over REST. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** What is asked of the cache. */
  readonly cache?: string;
  readonly signal?: AbortSignal;
}

/** An answer, whichever way it came. */
export interface Seen {
  readonly id: string | undefined;
  readonly disposition: string | undefined;
  readonly ageMs: number | undefined;
  /** The fault in whose place it stands, or that stands in its place. */
  readonly fault: string | undefined;
  /** The first text in it, or the error's message. */
  readonly text: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly result: any;
}

type Body = Readonly<Record<string, unknown>>;

export interface Asker {
  ask(asking: Asking): Promise<Seen>;
  /** A resource of the server on its own endpoint, in the modern era. */
  read(asking: { server: string; uri: string }): Promise<Seen>;
}

/** Asks one gateway. Legacy sessions are opened as they are needed, one for each endpoint. */
export function askerOf(gateway: TestGateway): Asker {
  const sessions = new Map<string, Promise<string>>();
  let ids = 0;
  const post: Post = async (path, { headers, body, signal }) => {
    const all = { ...JSON_TYPES, ...headers };
    const answer = await request(gateway.url + path, { method: "POST", headers: all, body, signal: signal ?? null });
    return { session: String(answer.headers["mcp-session-id"]), text: await answer.body.text() };
  };

  const session = (path: string): Promise<string> => {
    const known = sessions.get(path) ?? initialize(post, path);
    sessions.set(path, known);
    return known;
  };

  const mcp = async (path: string, { isModern, method, params, signal }: Rpc): Promise<Seen> => {
    const id = ++ids;
    const sent = isModern
      ? modern(path, { id, method, params })
      : {
          headers: { "mcp-session-id": await session(path), "mcp-protocol-version": "2025-11-25" },
          body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
        };
    const headers = sent.headers as Record<string, string>;
    const { text } = await post(path, { headers, body: String(sent.body), signal });
    const { result, error } = messageIn(text);
    return seen(result, error as ErrorBody);
  };

  const rest = async ({ server, tool, cache, signal, ...asking }: Asking): Promise<Seen> => {
    const body = JSON.stringify({ server, tool, arguments: asking.arguments ?? {}, ...(cache && { cache }) });
    const headers = { authorization: `Bearer ${gateway.token}` };
    const { text } = await post("/api/tools/call", { headers, body, signal });
    const { result, error } = JSON.parse(text) as Body;
    return seen(result, error as ErrorBody);
  };

  return {
    ask(asking) {
      const { way = "modern", server, tool, cache, signal } = asking;
      if (way === "rest") return rest(asking);
      const own = way.endsWith("-own");
      const params = {
        name: own ? tool : `${server}__${tool}`,
        arguments: asking.arguments ?? {},
        ...asking.params,
        ...(cache && { _meta: { "omni2/cache": cache } }),
      };
      const rpc = { isModern: way.startsWith("modern"), method: "tools/call", params, signal };
      return mcp(own ? `/mcp/${server}` : "/mcp", rpc);
    },
    read: ({ server, uri }) => mcp(`/mcp/${server}`, { isModern: true, method: "resources/read", params: { uri } }),
  };
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal | undefined;
}

interface Rpc {
  readonly isModern: boolean;
  readonly method: string;
  readonly params: Body;
  readonly signal?: AbortSignal | undefined;
}

type Post = (path: string, sent: Sent) => Promise<{ readonly session: string; readonly text: string }>;

async function initialize(post: Post, path: string): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  return (await post(path, { headers: {}, body })).session;
}

/** From JSON, or from the last event of a stream. */
const messageIn = (text: string): Body =>
  JSON.parse(text.startsWith("{") ? text : ([...text.matchAll(/^data: (.+)$/gm)].at(-1)?.[1] ?? "null"));

type ErrorBody = { readonly code?: string | number; readonly message?: string } | undefined;

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
function seen(result: any, error: ErrorBody): Seen {
  const meta = result?._meta ?? {};
  const { disposition, ageMs, fault } = meta["omni2/cache"] ?? {};
  const instead = meta["omni2/fault"]?.code ?? (error?.code === undefined ? undefined : String(error.code));
  return {
    id: meta["omni2/call"],
    disposition,
    ageMs,
    fault: fault ?? instead,
    text: result?.content?.[0]?.text ?? result?.contents?.[0]?.text ?? error?.message,
    result,
  };
}

export const cacheOf = async (gateway: TestGateway): Promise<CacheAnswer> =>
  (await gateway.api("GET", "/api/cache")).body as CacheAnswer;

/** The numbers of one tool; fails when it was never called. */
export async function countsOf(gateway: TestGateway, server: string, tool: string): Promise<CacheCounts> {
  const { tools } = await cacheOf(gateway);
  return tools.find((row) => row.server === server && row.tool === tool) ?? assert.fail(`no row of ${tool}`);
}

/** The record of one call, once it can be read. */
export const recordOf = (gateway: TestGateway, id: string): Promise<CallRecord> =>
  until(`the record of ${id} is there`, async () => {
    const { status, body } = await gateway.api("GET", `/api/calls/${id}`);
    return status === 200 ? (body as CallRecord) : undefined;
  });

const SUMS = ["calls", "hits", "stale", "coalesced", "upstream", "faults", "misses", "shadowed", "entries"] as const;

/** Fails unless every call is accounted for, in all rows and in their sums. */
export function assertAddsUp(answer: CacheAnswer): void {
  for (const row of [answer, ...answer.servers, ...answer.tools]) {
    const { hits, stale, coalesced, upstream, faults } = row;
    assert.equal(row.calls, hits + stale + coalesced + upstream + faults, JSON.stringify(row));
  }
  const sumOf = (rows: readonly CacheCounts[], key: (typeof SUMS)[number]): number =>
    rows.reduce((sum, row) => sum + row[key], 0);
  for (const key of SUMS) {
    assert.equal(answer[key], sumOf(answer.servers, key), `${key} of all servers`);
    for (const server of answer.servers) {
      const own = answer.tools.filter((tool) => tool.server === server.server);
      assert.equal(server[key], sumOf(own, key), `${key} of the tools of ${server.server}`);
    }
  }
}

/** An entry of `mcpServers` for it. */
export const entryOf = (server: CountedServer, more: object = {}): object => ({
  url: server.url,
  trusted: true,
  cache: { mode: "auto" },
  ...more,
});
