// How long may an answer be kept by its server's own word? The protocol's hints in the answer to a read, found in its bytes,
// and the same answer later with the time that is left.
import type { CacheRule } from "#contract/cache.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Reply } from "#upstream/transport.ts";

export interface Hints {
  /** Milliseconds. */
  readonly ttlMs: number;
  readonly scope: "private" | "public";
}

/** Undefined when the answer names none, or one that is no time. */
export function hintsOf({ bytes, scan }: Reply): Hints | undefined {
  if (scan.kind !== "result") return undefined;
  let result: { ttlMs?: unknown; cacheScope?: unknown };
  try {
    result = JSON.parse(bytes.toString("utf8", scan.start, scan.end));
  } catch {
    return undefined;
  }
  const { ttlMs, cacheScope } = result;
  if (typeof ttlMs !== "number" || !(ttlMs >= 1)) return undefined;
  return { ttlMs: Math.floor(ttlMs), scope: cacheScope === "public" ? "public" : "private" };
}

/** What the server allows, within what the configuration allows. */
export const hintedRule = (hints: Hints, rule: CacheRule): CacheRule => ({
  ...rule,
  ttlMs: Math.min(hints.ttlMs, rule.ttlMs),
  scope: hints.scope === "public" && rule.scope === "public" ? "public" : "private",
});

/** The same answer, with its hint telling the milliseconds that are left: whoever keeps it must not begin anew. */
export function withTimeLeft({ bytes, scan }: Reply, leftMs: number): Reply {
  const result = JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as Record<string, unknown>;
  const told = { jsonrpc: "2.0", id: null, result: { ...result, ttlMs: Math.max(0, Math.floor(leftMs)) } };
  const retold = Buffer.from(JSON.stringify(told));
  const rescanned = scanReply(retold);
  return rescanned === undefined ? { bytes, scan } : { bytes: retold, scan: rescanned };
}
