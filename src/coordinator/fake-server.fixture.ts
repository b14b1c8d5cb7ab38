// What does a supervisor talk to in its tests? A server whose handshakes, probes and lists go as told, and that counts them.
import { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { sleep, type World } from "#lib/world.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import { EMPTY_LISTS, type Snapshot } from "#upstream/snapshot.ts";
import type { CloseReason } from "#upstream/transport.ts";

type Asked = (signal: AbortSignal) => Promise<void>;

/** Answers at once. */
export const answers: Asked = async () => {};
/** Answers nothing until it is given up. */
export const hangs: Asked = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
/** Answers nothing, and does not even hear that it was given up. */
export const isDeaf: Asked = () => new Promise(() => {});
export const fails =
  (fault: () => Fault): Asked =>
  () =>
    Promise.reject(fault());

export const refused = (): Fault => new Fault("UPSTREAM_UNAVAILABLE", "it could not be reached: connection refused.");
export const unauthorized = (): Fault => new Fault("UPSTREAM_AUTH", "it refuses the gateway's credentials (HTTP 401).");
export const outOfFiles = (): Fault =>
  new Fault("OVERLOADED", "The gateway itself has run out of open files (EMFILE).", { circumstance: { ours: true } });

export class FakeServer {
  /** How handshakes, probes and list reads go from now on. */
  handshake: Asked = answers;
  probe: Asked = answers;
  reading: Asked = answers;
  /** Names of its tools. */
  tools: readonly string[] = ["read"];
  /** When it was asked for a link, and probed: monotonic milliseconds. */
  readonly connects: number[] = [];
  readonly probes: number[] = [];
  /** Links that are open now, and those that are being made. */
  readonly open = new Set<FakeLink>();
  starting = 0;
  kills = 0;
  readonly #name: string;
  readonly #world: World;

  constructor(name: string, world: World) {
    this.#name = name;
    this.#world = world;
  }

  get link(): FakeLink {
    const [link] = this.open;
    if (link === undefined) throw new Error(`${this.#name} has no link`);
    return link;
  }

  async connect({ transport }: UpstreamDefinition, { signal, events }: ConnectOptions): Promise<Connection> {
    this.connects.push(this.#world.now());
    this.starting++;
    events.onStarting({ stderrTail: () => [], kill: () => this.kills++ });
    await this.handshake(signal).finally(() => this.starting--);
    return new FakeLink(this, { form: transport.kind, world: this.#world, events });
  }

  snapshot(): Snapshot {
    return {
      era: "legacy",
      protocolVersion: "2025-11-25",
      serverInfo: null,
      instructions: null,
      capabilities: { tools: {} },
      lists: { ...EMPTY_LISTS, tools: this.tools.map((name) => ({ name })) },
      hints: {},
    };
  }
}

interface LinkParts {
  readonly form: Connection["form"];
  readonly world: World;
  readonly events: ConnectOptions["events"];
}

export class FakeLink implements Connection {
  readonly era = "legacy";
  readonly form: Connection["form"];
  readonly protocolVersion = "2025-11-25";
  readonly serverInfo = null;
  readonly childPid = null;
  readonly inFlight = 0;
  closeReason: CloseReason | undefined;
  readonly #server: FakeServer;
  readonly #world: World;
  readonly #events: ConnectOptions["events"];
  readonly #life = new AbortController();

  constructor(server: FakeServer, { form, world, events }: LinkParts) {
    this.#server = server;
    this.form = form;
    this.#world = world;
    this.#events = events;
    server.open.add(this);
  }

  call(): never {
    throw new Error("calls are not played here");
  }

  async probe(timeoutMs: number): Promise<number> {
    const askedAt = this.#world.now();
    this.#server.probes.push(askedAt);
    const late = new AbortController();
    const answered = this.#server.probe(AbortSignal.any([late.signal, this.#life.signal]));
    const limit = sleep(this.#world, timeoutMs, late.signal).then(() => {
      late.abort(new Fault("UPSTREAM_TIMEOUT", `it did not answer a probe within ${timeoutMs} ms.`));
    });
    limit.catch(() => {});
    await answered.finally(() => late.abort(new Error("over")));
    return this.#world.now() - askedAt;
  }

  async fetchSnapshot(signal: AbortSignal): Promise<Snapshot> {
    await this.#server.reading(AbortSignal.any([signal, this.#life.signal]));
    return this.#server.snapshot();
  }

  async close(): Promise<void> {
    this.lose(undefined);
  }

  /** The link ends, as told: `undefined` when it was closed from here. */
  lose(reason: CloseReason | undefined = { stage: "call", message: "the server closed the link" }): void {
    if (!this.#server.open.delete(this)) return;
    this.closeReason = reason;
    this.#life.abort(new Fault("UPSTREAM_UNAVAILABLE", "the link closed.", { circumstance: { linkLost: true } }));
    this.#events.onClosed(reason);
  }

  /** Its lists changed. */
  changeLists(tools: readonly string[]): void {
    this.#server.tools = tools;
    this.#events.onListChanged("tools");
  }

  /** Something hints that it may be gone. */
  doubt(): void {
    this.#events.onDoubt();
  }
}

/** A process that ended by itself. */
export const exited: CloseReason = { stage: "call", message: "it exited with code 1", exitCode: 1 };
