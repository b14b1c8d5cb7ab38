// Does the gateway keep its promises? Every event of the simulation passes here and is judged at once; the first broken rule ends the run.
import type { CallRecord } from "../../src/contract/call.ts";
import type { GatewayEvent } from "../../src/contract/event.ts";
import type { TransportDefinition, UpstreamDefinition } from "../../src/contract/upstream.ts";
import { CacheCounter } from "./cache-counts.ts";
import { CacheBook } from "./cache-truth.ts";
import { CallBook } from "./call-truth.ts";
import type { Chronicle } from "./chronicle.ts";
import { CircuitBook } from "./circuit-truth.ts";
import { ProcessBook } from "./process-truth.ts";
import type { VirtualWorld } from "./virtual-world.ts";

export interface Violation {
  readonly rule: string;
  readonly server: string;
  readonly words: string;
  readonly at: number;
}

/** People's doings explain what a supervisor does for so long. */
const MEDDLED_MS = 30_000;

/** What is known about one server's name. */
interface Subject {
  probes: number;
  /** What people do to it now, and when they last did something. */
  verbs: number;
  verbAt: number;
  /** It was seen up with a closed breaker while nothing had troubled it for a while; gone with the first trouble. */
  proven: boolean;
  isUp: boolean;
}

export class Watch {
  readonly calls: CallBook;
  readonly cache: CacheBook;
  readonly cacheCounter: CacheCounter;
  readonly circuits: CircuitBook;
  readonly processes: ProcessBook;
  violation: Violation | undefined;
  /** Called once, when the next probe has been asked. */
  onProbe: (() => void) | undefined;
  readonly #world: VirtualWorld;
  readonly #chronicle: Chronicle;
  readonly #subjects = new Map<string, Subject>();
  /** Transports whose supervisor has been stopped. */
  readonly #retired = new Set<TransportDefinition>();

  constructor(world: VirtualWorld, chronicle: Chronicle) {
    this.#world = world;
    this.#chronicle = chronicle;
    this.calls = new CallBook(this);
    this.cache = new CacheBook(this);
    this.cacheCounter = new CacheCounter(this);
    this.circuits = new CircuitBook(this);
    this.processes = new ProcessBook(this);
  }

  get now(): number {
    return this.#world.now;
  }

  stalledMs(since: number): number {
    return this.#world.stalledMs(since);
  }

  note(what: string, server: string, detail: string | number = ""): void {
    this.#chronicle.note(what, server, detail);
  }

  broken(rule: string, server: string, words: string): void {
    this.note(`BROKEN: ${rule}`, server, words);
    this.violation ??= { rule, server, words, at: this.#world.now };
    this.#world.halted = true;
  }

  // What the gateway tells

  published(event: GatewayEvent): void {
    if (event.type === "call.finished") return this.calls.recorded(event.record);
    const name = "view" in event ? event.view.name : "name" in event ? event.name : "";
    if (makesDoubtful(event)) this.invalidated(name);
    switch (event.type) {
      case "circuit.changed":
        this.note("circuit", name, `${event.oldState} -> ${event.newState}: ${event.reason}`);
        this.circuits.changed(name, event.oldState, event.newState);
        if (event.newState !== "closed") this.#falseAlarm(name, `has a breaker that is ${event.newState}`);
        return;
      case "status.changed":
        this.note("status", name, `${event.oldStatus} -> ${event.newStatus}: ${event.reason}`);
        this.subject(name).isUp = event.newStatus === "up";
        if (event.newStatus !== "up") this.#falseAlarm(name, `is ${event.newStatus}: ${event.reason}`);
        return;
      case "health.observed":
        // To give a link up is a verdict of now.
        if (event.eventType === "disconnected") this.circuits.evidence(name, this.now, false);
        if (event.eventType === "loop_restarted") this.broken("dead loop", name, event.message);
        return this.note(event.eventType, name, event.message);
      case "server.removed":
        this.circuits.forget(name);
        this.calls.forgotten(name);
        return this.note(event.type, name);
      case "catalog.changed":
        this.cacheCounter.changed(name);
        return this.note(event.type, name);
      default:
        return this.note(event.type, name);
    }
  }

  /** What the cache keeps of a server, or of one of its tools, is gone. */
  invalidated(server: string, tool?: string): void {
    this.cacheCounter.changed(server);
    this.cache.invalidated(server, tool);
  }

  finished(record: CallRecord): void {
    this.calls.recorded(record);
  }

  bug(error: unknown): void {
    this.broken("bug", "", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  // What reaches the servers

  attempted(server: string, definition: UpstreamDefinition, id: string): void {
    this.note("attempt", server, id);
    this.acts(server, definition, `sends call ${id}`);
    this.calls.attempted(server, id);
    this.circuits.passed(server, id);
  }

  attemptEnded(server: string, id: string): void {
    this.circuits.returned(server, id);
  }

  /** Answers what the server says then. */
  executed(server: string, id: string): string {
    this.note("carries out", server, id);
    return this.calls.executed(server, id);
  }

  /** The server's answer to a call is there. */
  arrived(id: string): void {
    this.cache.arrived(id);
    this.cacheCounter.arrived(id);
  }

  probing(server: string, definition: UpstreamDefinition, step: 1 | -1): void {
    const subject = this.subject(server);
    subject.probes += step;
    if (step === -1) return;
    this.note("probe", server);
    this.acts(server, definition, "probes");
    const { onProbe } = this;
    this.onProbe = undefined;
    onProbe?.();
    // A probe of the link before may still be out.
    if (subject.probes > 2) this.broken("one probe", server, `${subject.probes} probes at a time`);
  }

  /** The gateway has a link that it did not have; `others`: those of the same supervisor that it still holds open. */
  established(server: string, others: number): void {
    if (others > 0) this.broken("one link", server, `${others + 1} links of one supervisor are held open`);
  }

  /** Anything done for a server must come from a supervisor that still has the word. */
  acts(server: string, { transport }: UpstreamDefinition, what: string): void {
    if (this.#retired.has(transport)) this.broken("retired", server, `a supervisor that was stopped ${what}`);
  }

  /** Its supervisor says that it has stopped. */
  retire(server: string, { transport }: UpstreamDefinition): void {
    this.#retired.add(transport);
    this.processes.retired(server, transport);
  }

  /** A person enables it again. */
  revive({ transport }: UpstreamDefinition): void {
    this.#retired.delete(transport);
  }

  // What is known about a server

  /** A person or the configuration does something to it. Answers how to tell that it is done. */
  verb(server: string, what: string): () => void {
    this.note("verb", server, what);
    const subject = this.subject(server);
    subject.verbs++;
    subject.proven = false;
    this.processes.asked(server);
    return () => {
      subject.verbs--;
      subject.verbAt = this.now;
      subject.proven = false;
    };
  }

  /** Whether somebody did something to it in the last `withinMs`, or does it still. */
  isMeddledWith(server: string, withinMs: number): boolean {
    const { verbs, verbAt } = this.subject(server);
    return verbs > 0 || this.now - verbAt <= withinMs;
  }

  disturbed(server: string): void {
    this.subject(server).proven = false;
  }

  /** It is well and has long been, and the gateway has seen it so: from now on nothing may go wrong with it. */
  prove(server: string): void {
    const subject = this.subject(server);
    if (subject.isUp && this.circuits.isClosed(server) && !this.isMeddledWith(server, MEDDLED_MS))
      subject.proven = true;
  }

  isGuiltless(server: string): boolean {
    return this.subject(server).proven;
  }

  subject(server: string): Subject {
    let subject = this.#subjects.get(server);
    if (subject === undefined) {
      subject = { ...FRESH };
      this.#subjects.set(server, subject);
    }
    return subject;
  }

  #falseAlarm(server: string, words: string): void {
    if (this.subject(server).proven) this.broken("false alarm", server, `nothing is wrong with it, and it ${words}`);
  }
}

/** Whether the gateway must not serve what it knew before. */
const makesDoubtful = (event: GatewayEvent): boolean =>
  event.type === "server.added" ||
  event.type === "server.removed" ||
  event.type === "list.changed" ||
  (event.type === "health.observed" && event.eventType === "connected");

const FRESH: Subject = {
  probes: 0,
  verbs: 0,
  verbAt: Number.NEGATIVE_INFINITY,
  proven: false,
  isUp: false,
};
