// What does the coordinator's own test play on? Its real parts, in a world that moves by hand, over servers that behave as told.

import type { GatewayEvent } from "#contract/event.ts";
import { settingsOf } from "#contract/preset.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import { Cancellation } from "#lib/cancel.ts";
import type { Log } from "#lib/log.ts";
import type { Verdict } from "#policy/breaker-state.ts";
import { type Catalog, createCatalog } from "#upstream/catalog.ts";
import { Coordinator } from "./coordinator.ts";
import { FakeServer } from "./fake-server.fixture.ts";
import { type SteppedWorld, type SteppedWorldOptions, steppedWorld } from "./stepped-world.fixture.ts";
import type { Supervisor } from "./supervisor.ts";

type Settings = Pick<UpstreamDefinition, "health" | "breaker" | "limits" | "cache">;
type More = Partial<Omit<UpstreamDefinition, keyof Settings>> & {
  readonly [K in keyof Settings]?: Partial<Settings[K]>;
};

/** A definition with the default preset, or another one, and what the test says differently. */
export function defined(name: string, more: More = {}, settings = settingsOf("default", "http")): UpstreamDefinition {
  const { health, breaker, limits, cache, ...rest } = more;
  return {
    name,
    origin: "file",
    enabled: true,
    description: "",
    trusted: false,
    timeoutMs: 10_000,
    hideAfterMs: 0,
    tools: { allow: ["*"], deny: [] },
    transport: { kind: "http", url: "http://127.0.0.1:1/mcp", headers: {}, sseFallback: false },
    health: { ...settings.health, ...health },
    breaker: { ...settings.breaker, ...breaker },
    limits: { ...settings.limits, ...limits },
    cache: { ...settings.cache, ...cache },
    ...rest,
  };
}

/** The same as a local command. */
export const command = (name: string, more: More = {}): UpstreamDefinition =>
  defined(
    name,
    { transport: { kind: "stdio", command: "serve", args: [], env: {}, cwd: "/" }, ...more },
    settingsOf("default", "stdio"),
  );

export const classic = (name: string, more: More = {}): UpstreamDefinition =>
  defined(name, more, settingsOf("classic", "http"));

export interface Stage {
  readonly world: SteppedWorld;
  readonly coordinator: Coordinator;
  readonly catalog: Catalog;
  readonly events: GatewayEvent[];
  /** The server behind a name, whether it is configured or not. */
  server(name: string): FakeServer;
  supervisor(name: string): Supervisor;
  view(name: string): ServerView;
  /** One call that asks the breaker and ends so; throws what the breaker throws. */
  call(name: string, verdict: Verdict): void;
  /** A link for a call, as the call path asks for it. */
  acquire(name: string): ReturnType<Supervisor["acquire"]>;
  /** What was told about a server since the last time this was asked, one word each. */
  told(name: string): string[];
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {}, service: () => SILENT };

export function stage({ log = SILENT, ...options }: SteppedWorldOptions & { log?: Log } = {}): Stage {
  const world = steppedWorld(options);
  const events: GatewayEvent[] = [];
  const servers = new Map<string, FakeServer>();
  const catalog = createCatalog();
  const server = (name: string): FakeServer => {
    const known = servers.get(name) ?? new FakeServer(name, world);
    servers.set(name, known);
    return known;
  };
  const coordinator = new Coordinator({
    world,
    log,
    catalog,
    connect: (definition, how) => server(definition.name).connect(definition, how),
    publish: (event) => void events.push(event),
    callFacts: () => ({
      latency: null,
      load: { inFlight: 0, queued: 0 },
      chaos: null,
      cache: { hits: 0, misses: 0, hitRate: 0 },
    }),
    busy: () => false,
  });
  const supervisor = (name: string): Supervisor => {
    const found = coordinator.supervisor(name);
    if (found === undefined) throw new Error(`the stage has no ${name}`);
    return found;
  };
  const read = new Map<string, number>();
  return {
    world,
    coordinator,
    catalog,
    events,
    server,
    supervisor,
    view: (name) => coordinator.view(name) as ServerView,
    call(name, verdict) {
      const { circuit } = supervisor(name);
      const failure = verdict === "fail" ? "it answered HTTP 500" : null;
      circuit.settle(circuit.admit(), { verdict, durationMs: 0, failure });
    },
    acquire: (name) => supervisor(name).acquire(new Cancellation().signal),
    told(name) {
      const fresh = events.slice(read.get(name) ?? 0);
      read.set(name, events.length);
      return fresh.flatMap((event) => wordFor(event, name));
    },
  };
}

/** A stage on which these servers have started. */
export async function started(
  definitions: readonly UpstreamDefinition[],
  options: SteppedWorldOptions = {},
): Promise<Stage> {
  const made = stage(options);
  await made.coordinator.reconcile(definitions);
  await made.world.pass(0);
  return made;
}

function wordFor(event: GatewayEvent, about: string): string[] {
  const name = "view" in event ? event.view.name : "name" in event ? event.name : undefined;
  if (name !== about) return [];
  switch (event.type) {
    case "health.observed":
      return [event.eventType];
    case "circuit.changed":
      return [`circuit ${event.newState}`];
    case "status.changed":
      return [`status ${event.newStatus}`];
    default:
      return [event.type];
  }
}
