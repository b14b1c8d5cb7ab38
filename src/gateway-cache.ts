// When must kept answers go, and what do people see and do of the cache? The arrows between it and the running parts.

import type { Admission } from "#calls/admission.ts";
import { cacheReport } from "#calls/cache/report.ts";
import { ToolCache } from "#calls/cache/tool-cache.ts";
import type { Configuration } from "#config/state.ts";
import type { CacheCounts, CacheLimits } from "#contract/cache.ts";
import type { GatewayEvent } from "#contract/event.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { PeopleCache } from "#http/deps.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { AuditTrail } from "./gateway-audit.ts";
import type { Foundations } from "./gateway-parts.ts";

export function createToolCache(
  { world, log, bus, config }: Foundations,
  admission: Pick<Admission, "level">,
): ToolCache {
  const cache = new ToolCache({
    world,
    log: log.service("Tool Cache"),
    limits: limitsIn(config.current()),
    onInvalidated: ({ server = null, tool = null, reason, removed }) =>
      bus.publish({ type: "cache.invalidated", at: world.wall(), server, tool, reason, removed }),
    isTight: () => admission.level === "strained" || admission.level === "critical",
  });
  config.onChange((next) => cache.bound(limitsIn(next)));
  log.service("Tool Cache").info({ ...cache.limits }, "Tool Cache started");
  return cache;
}

function limitsIn({ document }: Configuration): Partial<CacheLimits> {
  const { maxEntries, maxBytes, maxEntryBytes } = document.omni2.cache ?? {};
  const given = Object.entries({ maxEntries, maxBytes, maxEntryBytes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

/** What a server's view tells of its kept answers. */
export const cacheFacts = (counts: CacheCounts | undefined): ServerView["cache"] =>
  counts === undefined
    ? { hits: 0, misses: 0, hitRate: 0 }
    : { hits: counts.hits + counts.stale + counts.coalesced, misses: counts.misses, hitRate: counts.hitRate };

/** Empties what an event makes doubtful. Answers of a server stay while it is away, and go when there is a new link to it. */
export function emptyOnEvents(cache: ToolCache, catalog: Pick<Catalog, "snapshot">): (event: GatewayEvent) => void {
  const seen = new Map<string, Snapshot | undefined>();
  return (event) => {
    switch (event.type) {
      case "server.added":
        cache.invalidate({ server: event.view.name }, "configuration");
        break;
      case "server.removed":
        seen.delete(event.name);
        cache.forget(event.name);
        break;
      case "health.observed":
        if (event.eventType !== "connected") break;
        // Lists of an earlier run are told of by nobody until they change.
        seen.set(event.name, catalog.snapshot(event.name));
        cache.invalidate({ server: event.name }, "reconnected");
        break;
      case "list.changed":
        if (event.kind !== "prompts") cache.invalidate({ server: event.name }, `${event.kind}_changed`);
        break;
      case "catalog.changed": {
        // Lists that are only hidden or shown again are the same lists.
        const snapshot = catalog.snapshot(event.name);
        if (seen.get(event.name) === snapshot) break;
        seen.set(event.name, snapshot);
        cache.invalidate({ server: event.name }, "tools_changed");
        break;
      }
    }
  };
}

export function peopleCache(deps: {
  readonly toolCache: ToolCache;
  readonly catalog: Catalog;
  readonly coordinator: Pick<Coordinator, "supervisor">;
  readonly audit: Pick<AuditTrail, "record">;
}): PeopleCache {
  const { toolCache, catalog, coordinator, audit } = deps;
  const definition = (server: string) => coordinator.supervisor(server)?.definition;
  return {
    report: () => cacheReport({ cache: toolCache, catalog, definition }),
    async clear({ server, tool }, principal) {
      const removed = toolCache.invalidate({ server, tool }, "person");
      const target = server === undefined ? null : tool === undefined ? server : `${server}/${tool}`;
      await audit.record({ principal, action: "cache.clear", target, detail: { removed } });
      return removed;
    },
  };
}
