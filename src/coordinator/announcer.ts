// Who hears that something happened to a server? Every fact becomes one event with the server's view of that moment; a change
// of the word that people read becomes an event and a log line of its own.
import type { GatewayEvent, Severity } from "#contract/event.ts";
import type { CircuitState, ServerView, Status } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import type { CircuitChange } from "./circuit-terms.ts";
import type { HealthEvent } from "./supervision.ts";

export interface AnnouncerDeps {
  readonly world: World;
  readonly log: Log;
  readonly publish: (event: GatewayEvent) => void;
  /** The view of now; undefined when the server is gone. */
  readonly view: (name: string) => ServerView | undefined;
  /** The word for a server changed. */
  readonly onStatus: (view: ServerView) => void;
}

export class Announcer {
  readonly #deps: AnnouncerDeps;
  readonly #statuses = new Map<string, Status>();

  constructor(deps: AnnouncerDeps) {
    this.#deps = deps;
  }

  /** Servers by status. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const status of this.#statuses.values()) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  added(view: ServerView): void {
    this.#statuses.set(view.name, view.status);
    this.#deps.publish({ type: "server.added", at: this.#deps.world.wall(), view });
  }

  removed(name: string): void {
    this.#statuses.delete(name);
    this.#deps.publish({ type: "server.removed", at: this.#deps.world.wall(), name });
  }

  health(name: string, { eventType, message, latencyMs }: HealthEvent): void {
    const view = this.#deps.view(name);
    if (view === undefined) return;
    const at = this.#deps.world.wall();
    this.#deps.publish({ type: "health.observed", at, name, eventType, message, latencyMs: latencyMs ?? null, view });
    this.#followStatus(view, message);
  }

  circuit(name: string, { from, to, reason }: CircuitChange): void {
    const { world, log, publish } = this.#deps;
    const view = this.#deps.view(name);
    if (view === undefined) return;
    const { retryAfterMs, consecutiveFailures: failures } = view;
    const severity = CIRCUIT_SEVERITY[to];
    const change = { name, oldState: from, newState: to, reason, retryAfterMs, failures, severity, view };
    publish({ type: "circuit.changed", at: world.wall(), ...change });
    log[to === "open" ? "warn" : "info"](
      { server: name, circuit: to, was: from, reason, retryAfterMs },
      to === "open" ? `circuit of ${name} is open after failures` : `circuit of ${name} is ${to}`,
    );
    this.#followStatus(view, reason);
  }

  autoDisabled(name: string, { reason, cycles }: { reason: string; cycles: number }): void {
    const { world, log, publish } = this.#deps;
    const view = this.#deps.view(name);
    if (view === undefined) return;
    publish({ type: "server.auto_disabled", at: world.wall(), name, reason, cycles, view });
    log.error({ server: name, cycles, reason }, `${name} was disabled; enable it again when it is mended`);
    this.#followStatus(view, reason);
  }

  #followStatus(view: ServerView, reason: string): void {
    const { name, status } = view;
    const was = this.#statuses.get(name);
    if (was === undefined || was === status) return;
    this.#statuses.set(name, status);
    const { world, log, publish, onStatus } = this.#deps;
    const severity = SEVERITY[status];
    publish({
      type: "status.changed",
      at: world.wall(),
      name,
      oldStatus: was,
      newStatus: status,
      reason,
      severity,
      view,
    });
    const trouble = TROUBLE[status];
    log[trouble === undefined ? "info" : "warn"](
      { server: name, status, was, reason },
      `${name} ${trouble ?? `is ${status}`}`,
    );
    onStatus(view);
  }
}

/** In words that people look for in a log: `fail`. */
const TROUBLE: Readonly<Partial<Record<Status, string>>> = {
  down: "failed and is down",
  degraded: "fails at times and is degraded",
};

const SEVERITY: Readonly<Record<Status, Severity>> = {
  down: "critical",
  degraded: "warning",
  recovering: "warning",
  up: "info",
  paused: "info",
  unknown: "info",
};

const CIRCUIT_SEVERITY: Readonly<Record<CircuitState, Severity>> = {
  open: "critical",
  half_open: "warning",
  isolated: "warning",
  closed: "info",
};
