// What does the gateway hold in its hands? One link to a fake server, which behaves as the real links do: requests settle once,
// a lost link tells what was sent, a process that hangs is slow to end, and news of a link may come late or twice.
import { Fault } from "../../src/contract/fault.ts";
import type { Era, UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import type { World } from "../../src/lib/world.ts";
import { VIA_HEADER } from "../../src/mcp/via.ts";
import type { Connection, ConnectOptions, UpstreamRequest } from "../../src/upstream/connection.ts";
import { probe } from "../../src/upstream/probe.ts";
import { RpcError } from "../../src/upstream/rpc-error.ts";
import type { Snapshot } from "../../src/upstream/snapshot.ts";
import type { CloseReason, Reply } from "../../src/upstream/transport.ts";
import { FakeProcess } from "./fake-process.ts";
import type { FakeServer, LinkParts, Treatment } from "./fake-server.ts";
import { type Asked, Question, unsent } from "./question.ts";
import { replyTo, snapshotOf } from "./replies.ts";

/** A process that does not react is given its standard input's end and a SIGTERM first. */
const STUBBORN_MS = 5_000;

export class FakeLink implements Connection {
  readonly era: Era;
  readonly form;
  readonly protocolVersion = "2025-11-25";
  readonly serverInfo = null;
  closeReason: CloseReason | undefined;
  #established = false;
  readonly definition: UpstreamDefinition;
  readonly #server: FakeServer;
  readonly #world: World;
  readonly #events: ConnectOptions["events"];
  readonly #open = new Set<Question>();
  readonly #sessions: number;
  readonly #process: FakeProcess | undefined;
  #closing: Promise<void> | undefined;
  readonly #gone = Promise.withResolvers<void>();

  constructor(server: FakeServer, definition: UpstreamDefinition, { world, options }: LinkParts) {
    this.#server = server;
    this.definition = definition;
    this.#world = world;
    this.#events = options.events;
    this.#sessions = server.sessions;
    this.form = server.kind;
    this.era = server.kind === "http" && server.name.endsWith("m") ? "modern" : "legacy";
    server.links.add(this);
    if (server.kind === "stdio") this.#process = new FakeProcess(server, definition);
  }

  get inFlight(): number {
    return this.#open.size;
  }

  get childPid(): number | null {
    return this.#process?.lives === true ? 1 : null;
  }

  async call({ headers, signal }: UpstreamRequest): Promise<Reply> {
    const { watch } = this.#server.parts;
    const callId = headers?.[VIA_HEADER] as string;
    watch.attempted(this.#server.name, this.definition, callId);
    try {
      const reply = await this.#ask({ callId, signal });
      watch.arrived(callId);
      return reply;
    } finally {
      watch.attemptEnded(this.#server.name, callId);
    }
  }

  /** The real probe over this link. */
  probe(timeoutMs: number): Promise<number> {
    const { name: server, parts } = this.#server;
    parts.watch.probing(server, this.definition, 1);
    const ask = async (_method: string, _params: JsonObject, signal: AbortSignal): Promise<JsonObject> => {
      const { scan } = await this.#ask({ callId: "", signal });
      if (scan.kind === "error") throw new RpcError(-32603, "it does not know", undefined);
      return {};
    };
    return probe(timeoutMs, { server, world: this.#world, era: this.era, ask }).finally(() =>
      parts.watch.probing(server, this.definition, -1),
    );
  }

  async fetchSnapshot(signal: AbortSignal): Promise<Snapshot> {
    this.#server.parts.watch.acts(this.#server.name, this.definition, "reads the lists");
    await this.#ask({ callId: "", signal });
    return snapshotOf(this.#server.revision, this.era);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #close(): Promise<void> {
    if (this.#process?.lives !== true) {
      this.#end({ stage: "call", message: "closed by the gateway" });
      return new Promise((resolve) => void this.#outside(20, resolve));
    }
    const { trouble, parts } = this.#server;
    const stubborn = trouble.kind === "hung" || trouble.kind === "slow";
    this.#outside(stubborn ? STUBBORN_MS : parts.dice.between(20, 200), () => this.#end(BY_US));
    return this.#gone.promise;
  }

  /** The process dies at once; the news of it comes later. */
  kill(): void {
    this.#process?.die();
    this.#outside(5, () => this.#end(BY_US));
  }

  /** The gateway has it; before, nobody hears its events. */
  establish(): void {
    const { name, links, parts } = this.#server;
    this.#established = true;
    if (this.closeReason !== undefined) return;
    const others = [...links].filter(
      (link) => link !== this && link.isHeld && link.definition.transport === this.definition.transport,
    );
    parts.watch.established(name, others.length);
  }

  /** The gateway has it and has not begun to close it. */
  get isHeld(): boolean {
    return this.#established && this.closeReason === undefined && this.#closing === undefined;
  }

  /** The other side ended it. */
  lose(): void {
    const { kind, name, sessions } = this.#server;
    if (kind === "stdio")
      this.#end({ stage: "call", message: "process exited with code 1", exitCode: 1, exitSignal: null });
    else if (kind === "sse") this.#end({ stage: "call", message: "the event stream ended" });
    else {
      this.#loseAll(name);
      if (this.#established && this.era === "legacy" && sessions > 0) this.#outside(3, () => this.#events.onDoubt());
    }
  }

  listsChanged(): void {
    if (this.#established) this.#events.onListChanged("tools");
  }

  doubt(): void {
    if (this.#established) this.#events.onDoubt();
  }

  #ask(asked: Omit<Asked, "askedAt">): Promise<Reply> {
    const { name: server, parts } = this.#server;
    if (this.closeReason !== undefined || this.#closing !== undefined) {
      return Promise.reject(unsent(server, "the connection is closed"));
    }
    if (asked.signal.aborted) return Promise.reject(asked.signal.reason);
    return new Promise((resolve, reject) => {
      const over = (it: Question, good: boolean): void => {
        this.#open.delete(it);
        // An answer to a probe is news of now.
        parts.watch.circuits.evidence(
          server,
          good && it.asked.callId === "" ? parts.world.now : it.asked.askedAt,
          good,
        );
      };
      const question = new Question({ ...asked, askedAt: parts.world.now }, { resolve, reject, over });
      this.#open.add(question);
      this.#outside(parts.dice.between(0.2, 3), () => this.#arrive(question));
    });
  }

  #arrive(question: Question, late = false): void {
    const { dice } = this.#server.parts;
    if (question.isLost || this.closeReason !== undefined) return;
    // What its caller has given up may be held up on its way, and is carried out all the same.
    if (question.isOver && !late && dice.chance(0.5))
      return this.#outside(dice.between(50, 2_000), () => this.#arrive(question, true));
    if (this.form === "http" && this.era === "legacy" && this.#sessions !== this.#server.sessions) {
      if (this.#server.trouble.kind !== "down") return this.#forgotten(question);
    }
    const treatment = this.#server.treat();
    question.arrived = treatment.kind !== "fault" || treatment.fault.circumstance?.sent === true;
    this.#take(question, treatment);
  }

  #take(question: Question, treatment: Treatment): void {
    const { name } = this.#server;
    const executes = treatment.kind === "answer" || treatment.kind === "drop" || treatment.executes;
    if (executes) this.#carryOut(question);
    switch (treatment.kind) {
      case "answer":
        return void this.#outside(treatment.ms, () => question.answer(replyTo(question.text, treatment.error)));
      case "fault":
        return void this.#outside(treatment.ms, () => question.fail(treatment.fault));
      case "drop":
        return this.form === "http"
          ? question.lose(name, { why: "it dropped the connection", link: false })
          : this.lose();
      case "wait":
        return this.#server.freeze(() => this.closeReason === undefined && this.#goOn(question, executes));
    }
  }

  #goOn(question: Question, executed: boolean): void {
    if (!executed) this.#carryOut(question);
    this.#outside(1, () => question.answer(replyTo(question.text)));
  }

  #carryOut(question: Question): void {
    const { name, parts } = this.#server;
    if (question.asked.callId !== "") question.text = parts.watch.executed(name, question.asked.callId);
  }

  #forgotten(question: Question): void {
    const { name: server, parts } = this.#server;
    if (question.asked.callId !== "") parts.watch.calls.sessionLost(server, question.asked.callId);
    question.fail(new Fault("SESSION_NOT_FOUND", `${server} no longer knows our session.`, { server }));
    this.#end({ stage: "call", message: `${server} no longer knows our session` });
  }

  #end(reason: CloseReason): void {
    if (this.closeReason !== undefined) return;
    const { name, kind, parts } = this.#server;
    parts.watch.circuits.evidence(name, parts.world.now, false);
    this.closeReason = this.#closing === undefined ? reason : BY_US;
    this.#server.links.delete(this);
    this.#loseAll(reason.message);
    this.#process?.die();
    this.#gone.resolve();
    this.#tellEnd();
    // Real transports tell once; a supervisor must not depend on it.
    if (parts.dice.chance(0.2))
      this.#outside(parts.dice.between(1, kind === "stdio" ? 3_000 : 20_000), () => this.#tellEnd());
  }

  #tellEnd(): void {
    if (this.#established) this.#events.onClosed(this.closeReason);
  }

  #loseAll(why: string): void {
    for (const question of [...this.#open]) question.lose(this.#server.name, { why, link: this.form !== "http" });
  }

  #outside(ms: number, run: () => void): void {
    this.#server.parts.world.outside(ms, this.#server.name, run);
  }
}

const BY_US: CloseReason = { stage: "call", message: "closed by the gateway" };
