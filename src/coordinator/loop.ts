// How does one upstream's link come up, and come back? The loop itself: connect, serve, wait, connect again, until it is stopped.
//
//            start                connected                 lost, or probes say so
//   idle ------------> connecting ---------> connected ---------------------------+
//                        ^     | failed                                           |
//                        |     v                                                  v
//                        +-- waiting(attempt, nextAttemptAt) <--------------------+
//   A call or a person may end the wait early. `stop` leads to `stopped` from everywhere.
//   The breaker hears of every loss, connect and probe; a command that keeps crashing waits for it.
import { type Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { sleep } from "#lib/world.ts";
import { RESTART_INTENSITY, STABLE_AFTER_MS } from "#policy/supervision.ts";
import type { Connection, ConnectOptions, StartedLink } from "#upstream/connection.ts";
import type { Circuit } from "./circuit.ts";
import { endOf } from "./circuit-terms.ts";
import { connectGated } from "./connect-gated.ts";
import type { Pace, WaitCause } from "./pace.ts";
import { Phases } from "./phases.ts";
import type { ConnectTrial, Lasting, SupervisorDeps } from "./supervision.ts";
import { describeFault, describeLink } from "./unavailable.ts";
import { Watch } from "./watch.ts";

/** How often a link that is left is looked at for calls that still run, in milliseconds. */
const DRAIN_LOOK_MS = 20;

export class Loop {
  readonly phases: Phases;
  readonly pace: Pace;
  readonly watch: Watch;
  readonly circuit: Circuit;
  /** Resolves once the first attempt has succeeded (lists read or remembered) or failed. */
  readonly firstVerdict: Promise<void>;
  definition: UpstreamDefinition;
  /** The newest try's link, which may be open, still be tried, or have ended. */
  lastStarted: StartedLink | undefined;
  /** Wall time of the newest attempt to bring it back. */
  lastRecoveryAt: number | null = null;
  readonly #deps: SupervisorDeps;
  readonly #lifetime = new AbortController();
  readonly #verdict = Promise.withResolvers<void>();
  /** The end of the link that was given up last. */
  #left: Promise<void> = Promise.resolve();
  #hint: ConnectOptions["hint"];
  #lossesInARow = 0;

  constructor(definition: UpstreamDefinition, { circuit, pace }: Lasting, deps: SupervisorDeps) {
    this.definition = definition;
    this.circuit = circuit;
    this.#deps = deps;
    this.firstVerdict = this.#verdict.promise;
    this.phases = new Phases(deps.world);
    this.pace = pace;
    this.watch = new Watch({
      deps,
      circuit,
      definition: () => this.definition,
      connection: () => this.phases.connection,
      giveUp: (connection, message, blame) => this.drop(connection, message, blame),
    });
  }

  start(): void {
    if (this.phases.now.kind !== "idle") return;
    this.circuit.listen({
      onTrialDue: () => this.#onTrialDue(),
      onCallFailed: (message) => this.watch.doubt(message),
    });
    // A breaker that was open before a restart is not asked early.
    if (this.circuit.kind !== "open" || !this.#isCommand) return this.begin(0);
    this.#wait(1, "failed");
    this.#holdBack();
    this.#verdict.resolve();
  }

  /** Ends the loop and the link; resolves when the server's process tree is gone. */
  async stop(reason: Fault, drainMs: number): Promise<void> {
    const last = this.phases.stopped();
    this.circuit.listen(undefined);
    this.#lifetime.abort(reason);
    this.watch.stop();
    this.#verdict.resolve();
    if (last.kind === "connecting") await last.settled;
    if (last.kind === "connected") {
      await this.#drained(last.connection, drainMs);
      await last.connection.close().catch(() => {});
    }
    await this.#left;
  }

  async #drained(connection: Connection, drainMs: number): Promise<void> {
    const { world } = this.#deps;
    const until = world.now() + drainMs;
    while (connection.inFlight > 0 && world.now() < until) await sleep(world, DRAIN_LOOK_MS);
  }

  get #isCommand(): boolean {
    return this.definition.transport.kind === "stdio";
  }

  /** Ends a wait, and resolves when the attempt that begins or is under way has ended. */
  async attemptNow(): Promise<void> {
    if (this.phases.now.kind === "waiting") this.begin(this.phases.now.attempt);
    if (this.phases.now.kind === "connecting") await this.phases.now.settled;
  }

  begin(attempt: number): void {
    if (attempt > 0) this.lastRecoveryAt = this.#deps.world.wall();
    const trial = { attempt, askedIn: this.circuit.generation, pass: this.circuit.tryTrial() };
    this.phases.connecting(attempt, () => this.#attempt(trial));
    if (attempt > 0) this.watch.tell("recovery_attempt", `reconnecting, attempt ${attempt}`);
  }

  async #attempt(trial: ConnectTrial): Promise<void> {
    try {
      // One process of a command at a time: the last one must be gone.
      if (this.#isCommand) await this.#left;
      const connection = await this.#connect();
      if (this.#lifetime.signal.aborted) return await connection.close();
      this.#onConnected(connection, trial);
      const refreshed = this.watch.refresher.refresh();
      if (!this.#deps.hasSnapshot()) await refreshed;
    } catch (error) {
      if (!this.#lifetime.signal.aborted) this.#onConnectFailed(toFault(error), trial);
    } finally {
      this.#verdict.resolve();
    }
  }

  #connect(): Promise<Connection> {
    return connectGated(this.definition, this.#deps, {
      signal: this.#lifetime.signal,
      hint: this.#hint,
      mayStartAgain: () => this.pace.heldMs === 0,
      onClosed: (connection, message) => this.lose(connection, message),
      onDoubt: () => void this.watch.prober.probeNow(),
      onListChanged: (kind) => {
        this.#deps.onListChanged(kind);
        this.watch.refresher.request();
      },
      onStarting: (link) => {
        this.pace.noteStart();
        this.lastStarted = link;
      },
    });
  }

  #onConnected(connection: Connection, { attempt, pass }: ConnectTrial): void {
    this.phases.connected(connection);
    this.#hint = { era: connection.era, form: connection.form };
    this.watch.linkUp();
    this.watch.tell("connected", describeLink(connection));
    // The first link of this run is new only to us.
    if (pass === undefined) this.circuit.check(attempt === 0 ? "pass" : "newLink");
    else this.circuit.settle(pass, endOf("pass"));
    this.watch.tryTrial();
    // The link may have ended between the handshake and now, when nobody was listening yet.
    if (connection.closeReason !== undefined) this.lose(connection, connection.closeReason.message);
  }

  #onConnectFailed(fault: Fault, { attempt, askedIn, pass }: ConnectTrial): void {
    this.#hint = undefined;
    const cause: WaitCause =
      fault.code === "UPSTREAM_AUTH" ? "auth" : fault.circumstance?.ours === true ? "ours" : "failed";
    const message = describeFault(fault);
    if (cause === "ours") this.watch.vitals.fail("connect", message);
    else this.watch.linkDown(attempt === 0 ? "start" : "connect", message);
    this.watch.vitals.authRequired = cause === "auth";
    this.#wait(attempt + 1, cause);
    this.watch.tell("connect_failed", message);
    if (pass !== undefined) this.circuit.settle(pass, endOf(cause === "failed" ? "fail" : "none"));
    else if (cause === "failed") this.circuit.check("fail", askedIn);
    this.#holdBack();
  }

  /** The link has ended, or is to be treated so. `blame`: it was the server's doing. */
  lose(connection: Connection, message: string, blame = true): void {
    if (this.phases.now.kind !== "connected" || this.phases.now.connection !== connection) return;
    const stable = this.#deps.world.now() - this.phases.now.since >= STABLE_AFTER_MS;
    this.#lossesInARow = stable ? 1 : this.#lossesInARow + 1;
    this.watch.linkDown("call", message);
    this.#wait(this.#lossesInARow, "failed");
    this.watch.tell(connection.closeReason?.exitCode === undefined ? "disconnected" : "process_exited", message);
    if (blame) this.circuit.check("fail");
    this.#holdBack();
  }

  // A command that keeps ending is started again only as often as the intensity allows, and its breaker says so.
  #holdBack(): void {
    const { now } = this.phases;
    if (!this.#isCommand || now.kind !== "waiting") return;
    const { heldMs } = this.pace;
    if (heldMs > 0 && this.circuit.kind !== "open") {
      const { restarts, withinMs } = RESTART_INTENSITY;
      this.watch.tell("crash_loop", `it was started again ${restarts} times within ${withinMs / 1000} s`);
      this.circuit.trip("it keeps ending right after its start");
    }
    this.circuit.defer(heldMs);
    const delayMs = Math.max(heldMs, this.circuit.openForMs);
    if (delayMs > now.dueAt - this.#deps.world.now()) this.phases.waiting(now, delayMs, () => this.begin(now.attempt));
  }

  #onTrialDue(): void {
    if (this.phases.now.kind === "connected") this.watch.tryTrial();
    else if (this.phases.now.kind === "waiting" && this.pace.heldMs === 0) this.begin(this.phases.now.attempt);
  }

  #wait(attempt: number, cause: WaitCause): void {
    const failedAt = this.#deps.world.now();
    this.phases.waiting({ attempt, failedAt }, this.pace.delayMs(attempt, cause), () => this.begin(attempt));
  }

  /** Ends a link that no longer serves; recovery does not wait until the close has finished. */
  drop(connection: Connection, message: string, blame = true): void {
    this.lose(connection, message, blame);
    this.#left = connection.close().catch(() => {});
  }
}
