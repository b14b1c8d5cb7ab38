// What can people look up beside the present state? The past of servers and gateway, who is connected, and what answers behind
// a definition.
import type { Sessions } from "#downstream/sessions.ts";
import type { Broadcaster } from "#events/broadcaster.ts";
import { Figures } from "#events/figures.ts";
import type { PeopleDeps } from "#http/deps.ts";
import type { Scope } from "#lib/scope.ts";
import type { AuditTrail } from "./gateway-audit.ts";
import { connections } from "./gateway-connections.ts";
import type { Discoveries } from "./gateway-discovery.ts";
import type { Foundations, Upstreams } from "./gateway-parts.ts";
import { Past } from "./gateway-past.ts";

interface OverviewParts extends Pick<Upstreams, "coordinator" | "memory"> {
  readonly sessions: Sessions;
  readonly broadcaster: Broadcaster;
  readonly audit: AuditTrail;
  readonly discoveries: Pick<Discoveries, "discover">;
  readonly scope: Scope;
}

export function openOverview(
  foundations: Foundations,
  parts: OverviewParts,
): Pick<PeopleDeps, "past" | "figures" | "connections" | "discover"> {
  const { world, store, bus } = foundations;
  const { coordinator, memory, sessions, broadcaster, audit, discoveries, scope } = parts;
  const views = () => coordinator.views();
  const past = scope.own(new Past({ store, bus, world, views, startedAt: memory.startedAt }), (it) => it.close());
  const figures = scope.own(new Figures({ world, read: () => broadcaster.figures() }), (it) => it.close());
  return {
    past,
    figures: () => figures.list(),
    connections: () => connections({ world, sessions, broadcaster }),
    async discover(input, principal, signal) {
      try {
        return await discoveries.discover(input, signal);
      } finally {
        await audit.record({ principal, action: "server.discover", target: input.name });
      }
    },
  };
}
