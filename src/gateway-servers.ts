// What do people see of the servers, and how do they steer them? Every deed leaves a row in the audit log.
import type { Chaos } from "#calls/chaos.ts";
import type { Config } from "#config/config.ts";
import type { ChaosRequest } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { HealthEventType } from "#contract/health-event.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { Bus } from "#events/bus.ts";
import type { PeopleServers } from "#http/deps.ts";
import type { World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";
import type { AuditTrail } from "./gateway-audit.ts";

interface Told {
  readonly bus: Pick<Bus, "publish">;
  readonly world: World;
  readonly coordinator: Pick<Coordinator, "view">;
}

export interface PeopleServersDeps extends Told {
  readonly store: Pick<Store, "healthLog">;
  readonly config: Config;
  readonly coordinator: Coordinator;
  readonly chaos: Pick<Chaos, "start" | "stop">;
  readonly audit: Pick<AuditTrail, "record">;
}

export function peopleServers(deps: PeopleServersDeps): PeopleServers {
  const { store, config, coordinator, audit } = deps;
  return {
    list: () => coordinator.views(),
    get: (name) => coordinator.view(name),
    async add(input, principal) {
      const { name } = await config.addApiServer(input, principal.id);
      await audit.record({ principal, action: "server.add", target: name });
      return present(coordinator, name);
    },
    async remove(name, principal) {
      await config.removeApiServer(name, principal.id);
      await audit.record({ principal, action: "server.remove", target: name });
    },
    async act(name, verb, principal) {
      await coordinator.act(name, verb);
      await audit.record({ principal, action: `server.${verb}`, target: name });
      return present(coordinator, name);
    },
    async chaos(name, request, principal) {
      drill(deps, name, request);
      await audit.record({ principal, action: "server.chaos", target: name, detail: request ?? { kind: "off" } });
      return present(coordinator, name);
    },
    healthLog: (name, limit) => store.healthLog.recent(name, limit),
    stderr: (name) => coordinator.supervisor(name)?.lastStarted?.stderrTail() ?? [],
  };
}

/** Says on the bus that the time of a drill is over; one that a person ends is told about here already. */
export const drillEnded = (told: Told, name: string): void =>
  tell(told, name, { eventType: "chaos_ended", message: "The time of the injected faults is over." });

function present(coordinator: Pick<Coordinator, "view">, name: string): ServerView {
  const view = coordinator.view(name);
  if (view !== undefined) return view;
  throw new Fault("SERVER_NOT_FOUND", `Server "${name}" was removed again meanwhile.`, { server: name });
}

// Ending is always allowed: whoever forbids drills wants the running ones to end.
function drill(deps: PeopleServersDeps, name: string, request: ChaosRequest | null): void {
  const { config, chaos } = deps;
  if (request === null) {
    if (chaos.stop(name))
      tell(deps, name, { eventType: "chaos_ended", message: "A person ended the injected faults." });
    return;
  }
  if (config.current().document.omni2.chaos?.enabled !== true) throw forbidden(name);
  chaos.start(name, request);
  tell(deps, name, { eventType: "chaos_started", message: drillWords(request) });
}

function forbidden(server: string): Fault {
  const message = `Faults may not be injected into ${server}: this gateway's configuration does not allow it. Set omni2.chaos.enabled to true there; nothing was changed.`;
  return new Fault("FORBIDDEN", message, { server });
}

const INJECTED: Readonly<Record<ChaosRequest["kind"], (request: ChaosRequest) => string>> = {
  latency: ({ latencyMs }) => `${latencyMs} ms of latency are added to`,
  error: () => "errors are answered to",
  hang: () => "no answer is given to",
  reset: () => "the answers are lost of",
};

const drillWords = (request: ChaosRequest): string =>
  `For ${request.forMs / 1_000} s, ${INJECTED[request.kind](request)} ${Math.round(request.ratio * 100)} % of the calls.`;

function tell(
  { bus, world, coordinator }: Told,
  name: string,
  said: { eventType: HealthEventType; message: string },
): void {
  const view = coordinator.view(name);
  if (view !== undefined) {
    bus.publish({ type: "health.observed", at: world.wall(), name, ...said, latencyMs: null, view });
  }
}
