// What happens in ten minutes of a gateway's life, if everything goes wrong? One seed: the real coordinator, supervisors, breakers,
// catalog and call layers in a virtual world, with fake servers, callers, a nemesis and a person who changes things.
import { Callers } from "./callers.ts";
import { Chronicle } from "./chronicle.ts";
import { Cleaner } from "./cleaner.ts";
import { definitionsOf, kindOf, nameOf, SERVERS } from "./definitions.ts";
import { FakeServer } from "./fake-server.ts";
import { openGatewayPart } from "./gateway-part.ts";
import { stateOf } from "./live-truth.ts";
import { Nemesis } from "./nemesis.ts";
import { Operator } from "./operator.ts";
import type { Outcome, SimulateOptions } from "./outcome.ts";
import { createDice } from "./random.ts";
import { Readers } from "./readers.ts";
import { tracesOf } from "./timers.ts";
import { VirtualWorld } from "./virtual-world.ts";
import { Watch } from "./watch.ts";

/** Milliseconds of the simulated time. */
const FAULTS_UNTIL = 480_000;
const CALLS_UNTIL = 600_000;
/** The longest that something met by the last fault may take to fail: the start of a command, and the end of its process. */
const IN_FLIGHT_MS = 36_000;
/** Recovery may take this long, and this many of the longest waits that were in force when the faults ended. */
const RECOVERY_MS = 60_000;
const WAITS = 3;
/** Nothing waits longer: the longest reconnect of the classic preset. */
const MAX_WAIT_MS = 600_000;
/** So long without trouble, and nothing that a trouble left behind can count any more. A server that nobody calls is probed rarely. */
const CALM_MS = 45_000;
const calmMs = (intervalMs: number): number => Math.max(CALM_MS, 3 * intervalMs + 15_000);
const SWEEP_MS = 1_000;
/** Timers of one server's supervisor at a time, without those of calls that wait for an attempt: they are due within a second. */
const MAX_TIMERS = 8;
const SHORT_MS = 1_100;
const KEPT_EVENTS = 30;
/** Mean milliseconds between the calls of servers that are hardly used, or never. */
const RARE_MS = [20_000, Number.POSITIVE_INFINITY];

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const run = new Run(seed, options);
  await run.live();
  return run.outcome();
}

class Run {
  readonly #seed: number;
  readonly #world = new VirtualWorld();
  readonly #chronicle: Chronicle;
  readonly #watch: Watch;
  readonly #servers: readonly FakeServer[];
  readonly #gateway;
  readonly #callers: Callers;
  readonly #operator: Operator;
  readonly #nemesis: Nemesis;
  readonly #cleaner: Cleaner;
  readonly #readers: Readers;
  #livedMs = 0;

  constructor(seed: number, { kept = KEPT_EVENTS, traces = false }: SimulateOptions) {
    const dice = createDice(seed);
    const world = this.#world;
    world.traces = traces;
    this.#seed = seed;
    this.#chronicle = new Chronicle(() => world.now, kept);
    const watch = new Watch(world, this.#chronicle);
    this.#watch = watch;
    const places = Array.from({ length: SERVERS }, (_, place) => place);
    this.#servers = places.map((place) => {
      const name = nameOf(place);
      return new FakeServer(name, kindOf(place), { world, watch, dice: dice.stream(name) });
    });
    const byName = new Map(this.#servers.map((server) => [server.name, server]));
    this.#gateway = openGatewayPart({
      world,
      watch,
      dice: dice.stream("gateway"),
      server: (name) => byName.get(name) as FakeServer,
    });
    const definitions = definitionsOf(dice.stream("definitions"));
    const { coordinator, pipeline, factory, toolCache, broadcaster } = this.#gateway;
    const servers = places.map(nameOf);
    this.#cleaner = new Cleaner({ world, watch, dice: dice.stream("cleaner"), toolCache, servers });
    this.#readers = new Readers({ world, watch, dice: dice.stream("readers"), broadcaster, servers });
    this.#operator = new Operator({ world, watch, dice: dice.stream("operator"), coordinator, definitions });
    // Calls begin under what is in force, which a change that waits for its turn is not yet.
    const definition = (name: string) => coordinator.supervisor(name)?.definition ?? this.#operator.definition(name);
    this.#callers = new Callers({ world, watch, dice: dice.stream("callers"), pipeline, factory, definition });
    this.#nemesis = new Nemesis(
      {
        world,
        watch,
        dice: dice.stream("nemesis"),
        servers: () => this.#servers,
        burst: (server, count) => {
          for (let call = 0; call < count; call++) this.#callers.ask(server);
        },
      },
      FAULTS_UNTIL,
    );
    watch.circuits.trialsAllowed = (server) => this.#operator.definition(server)?.breaker.trials ?? 1;
  }

  async live(): Promise<void> {
    const { coordinator } = this.#gateway;
    const dice = createDice(this.#seed, "pace");
    coordinator.start();
    this.#operator.begin();
    this.#nemesis.start();
    this.#cleaner.start();
    this.#readers.start();
    for (const { name } of this.#servers)
      this.#callers.start(name, dice.chance(0.2) ? dice.pick(RARE_MS) : dice.between(400, 800));
    this.#sweep();
    await this.#world.run(FAULTS_UNTIL);
    this.#livedMs = this.#world.now;
    if (this.#world.halted) return;
    this.#operator.end();
    // Calls that the last fault has met still end, and may open a breaker.
    await this.#world.run(FAULTS_UNTIL + IN_FLIGHT_MS);
    const limitAt = FAULTS_UNTIL + RECOVERY_MS + WAITS * this.#longestWait();
    await this.#world.run(CALLS_UNTIL);
    await this.#recover(limitAt);
    await this.#close();
  }

  outcome(): Outcome {
    return {
      seed: this.#seed,
      violation: this.#watch.violation,
      hash: this.#chronicle.hash,
      lines: this.#chronicle.newest(),
      calls: this.#watch.calls.asked,
      ends: Object.fromEntries(this.#watch.calls.ends),
      simulatedMs: this.#livedMs,
      steps: this.#world.steps,
    };
  }

  /** Of the reconnects, open times and probes that are planned now. */
  #longestWait(): number {
    const dueAt = this.#world.timersOf(({ part }) => part === "coordinator").map(({ at }) => at);
    return Math.min(Math.max(this.#world.now, ...dueAt) - this.#world.now, MAX_WAIT_MS);
  }

  async #recover(limitAt: number): Promise<void> {
    while (!this.#world.halted) {
      const down = this.#gateway.coordinator
        .views()
        .filter(
          ({ status, circuitState, autoDisabledAt }) =>
            autoDisabledAt === null && (status !== "up" || circuitState !== "closed"),
        );
      const [first] = down;
      if (first === undefined) return;
      if (this.#world.now > limitAt) {
        const { name, status, statusReason, circuitState } = first;
        this.#watch.broken("recovery", name, `still ${status} (${statusReason}), breaker ${circuitState}`);
        return;
      }
      await this.#world.run(this.#world.now + 5_000);
    }
  }

  async #close(): Promise<void> {
    const [world, watch, { coordinator }] = [this.#world, this.#watch, this.#gateway];
    this.#livedMs = world.now;
    if (world.halted) return;
    this.#callers.stop();
    this.#cleaner.stop();
    this.#callOnceMore();
    this.#readers.gather();
    await world.run(world.now + 20_000);
    this.#closeStream();
    if (watch.calls.open > 0) return watch.broken("answer", "", `${watch.calls.open} calls never ended`);
    if (!(await world.runFor(coordinator.close(), 60_000)))
      return watch.broken("close", "", "closing did not end within 60 s");
    const left = world.timersOf(({ part }) => part === "coordinator");
    if (left.length > 0)
      return watch.broken("timers", "", `${left.length} timers of the coordinator outlive its close${tracesOf(left)}`);
    for (const { name } of this.#servers)
      if (watch.processes.living(name) > 0) watch.broken("one process", name, "a process outlives the close");
    this.#closeCache();
    await world.run(world.now + 700_000);
    const late = world.timersOf(() => true);
    if (late.length > 0)
      watch.broken("timers", "", `${late.length} timers go on for ever: ${late.map(({ part }) => part)}`);
  }

  /** Whoever reads knows how every server is. */
  #closeStream(): void {
    const { coordinator, broadcaster } = this.#gateway;
    this.#readers.compare(new Map(coordinator.views().map((view) => [view.name, stateOf(view)])));
    this.#readers.dismiss();
    broadcaster.close();
  }

  /** Its numbers agree with what was seen, and emptied it holds nothing. */
  #closeCache(): void {
    const { toolCache } = this.#gateway;
    toolCache.close();
    this.#watch.cacheCounter.reconcile(toolCache.counts());
    toolCache.invalidate({}, "person");
    const { entries, bytes } = toolCache.counts();
    if (entries + bytes > 0) this.#watch.broken("counts", "", `${entries} entries, ${bytes} bytes in an empty cache`);
  }

  /** Everyone is well and known to be: a call must succeed. */
  #callOnceMore(): void {
    for (const { name } of this.#servers) {
      this.#watch.prove(name);
      this.#callers.askAnew(name);
    }
  }

  #sweep(): void {
    this.#world.outside(SWEEP_MS, "", () => {
      const watch = this.#watch;
      watch.calls.sweep();
      for (const server of this.#servers) {
        const { name } = server;
        const { intervalMs = 0 } = this.#operator.definition(name)?.health ?? {};
        if (server.calmMs > calmMs(intervalMs)) watch.prove(name);
      }
      if (this.#world.now < CALLS_UNTIL) this.#sweep();
      if (Math.floor(this.#world.now / SWEEP_MS) % 10 === 0) this.#countTimers();
    });
  }

  #countTimers(): void {
    const counts = new Map<string, number>();
    const later = this.#world.now + SHORT_MS;
    for (const { owner } of this.#world.timersOf(({ part, at }) => part === "coordinator" && at > later))
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    for (const [owner, count] of counts)
      if (owner !== "" && count > MAX_TIMERS) this.#watch.broken("timers", owner, `${count} timers for one server`);
  }
}
