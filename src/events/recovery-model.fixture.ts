// Against what is recovery tried? A gateway that stops, crashes and starts over one archive with faults of its own, and clients
// that keep what they were told and complain about anything missed or told twice.
import assert from "node:assert/strict";
import { serverView } from "#contract/sample-view.ts";
import type { ServerView } from "#contract/upstream.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { ArchivedEvent, EpochStart, EventArchive } from "./archive.ts";
import { Broadcaster } from "./broadcaster.ts";
import { type Bus, createBus } from "./bus.ts";
import type { Attachment } from "./reception.ts";
import { ADMIN, changed, maySee, observed } from "./stage.fixture.ts";

export type Mood = "well" | "behind" | "holed" | "failing" | "silent";
export type Taking = "at once" | "later" | "never" | "refused";

/** An archive in memory that can be slow, lose rows and fail; an epoch is kept over a clean stop. */
export class ModelArchive implements EventArchive {
  readonly #rows = new Map<string, ArchivedEvent[]>();
  #last: EpochStart | undefined;
  #epochs = 0;
  #gate = Promise.withResolvers<void>();
  mood: Mood = "well";
  /** This run's events are archived. */
  isTaken = false;

  constructor(taking: Taking) {
    this.start(taking, "unclean");
  }

  start(taking: Taking, stop: "clean" | "unclean"): void {
    if (stop === "unclean") this.#last = undefined;
    this.isTaken = false;
    this.#gate = Promise.withResolvers<void>();
    this.#gate.promise.catch(() => {});
    if (taking === "at once") this.#gate.resolve();
    if (taking === "refused") this.#gate.reject(new Error("no epoch"));
  }

  open(): void {
    this.#gate.resolve();
  }

  async takeEpoch(): Promise<EpochStart> {
    const gate = this.#gate.promise;
    await gate;
    if (gate === this.#gate.promise) this.isTaken = true;
    this.#last ??= { epoch: `epoch-${++this.#epochs}`, seq: 0 };
    return this.#last;
  }

  append(epoch: string, event: ArchivedEvent): void {
    assert.ok(event.seq > (this.#last?.seq ?? 0), "numbers rise");
    this.#last = { epoch, seq: event.seq };
    if (this.mood === "holed" && event.seq % 3 === 0) return;
    this.#rows.set(epoch, [...(this.#rows.get(epoch) ?? []), event]);
  }

  async after(epoch: string, seq: number, limit: number): Promise<readonly ArchivedEvent[]> {
    if (this.mood === "failing") throw new Error("no database");
    if (this.mood === "silent") return new Promise(() => {});
    const rows = (this.#rows.get(epoch) ?? []).filter((row) => row.seq > seq);
    return rows.slice(0, this.mood === "behind" ? Math.max(0, rows.length - 3) : limit);
  }
}

interface Position {
  epoch: string;
  seq: number;
}

/** Keeps the state that the frames tell, as a page does. */
export class ModelClient {
  readonly #narrow: boolean;
  #attachment: Attachment | undefined;
  #generation = 0;
  position: Position | undefined;
  servers = new Map<string, string>();
  /** Observations it knows of: those that its snapshot covers, and those it was told. */
  told = 0;
  /** Observations of runs that never had the archive: they are in no history. */
  readonly unrecorded = new Set<number>();
  snapshots = 0;

  constructor(narrow: boolean) {
    this.#narrow = narrow;
  }

  get connected(): boolean {
    return this.#attachment !== undefined;
  }

  connect(broadcaster: Broadcaster): void {
    const generation = ++this.#generation;
    const cursor = this.position && { epoch: this.position.epoch, after: this.position.seq };
    const client = {
      kind: "websocket",
      address: "127.0.0.1",
      send: ({ json }: { json: Buffer }) => {
        if (generation === this.#generation)
          for (const frame of [JSON.parse(json.toString())].flat()) this.#take(frame);
      },
      bufferedBytes: () => 0,
      cut: () => assert.fail("cut"),
    } as const;
    this.#attachment = broadcaster.attach(client, ADMIN, cursor);
    if (this.#narrow) this.#subscribe(this.#attachment);
  }

  cut(): void {
    this.#generation++;
    this.#attachment?.leave();
    this.#attachment = undefined;
  }

  #subscribe(attachment: Attachment): void {
    const { position } = attachment.subscribe({ event_types: ["mcp_status_change", "server_added"] }) ?? {};
    if (position && this.position?.epoch === position.epoch)
      this.position.seq = Math.max(this.position.seq, position.seq);
  }

  // biome-ignore lint/suspicious/noExplicitAny: a page reads frames as they come
  #take(frame: any): void {
    const { type, seq, prev, epoch, data } = frame;
    if (type === "initial_status") {
      this.snapshots++;
      this.position = { epoch, seq };
      this.servers = new Map(data.servers.map((view: ServerView) => [view.name, view.status]));
      this.told = data.metrics.calls;
      return;
    }
    if (seq === undefined) return;
    const at = this.position;
    assert.ok(at !== undefined, "a snapshot comes first");
    assert.equal(epoch, at.epoch, "the epoch changes with a snapshot only");
    assert.ok(this.#narrow ? prev <= at.seq : prev === at.seq, `a gap: ${prev} after ${at.seq}`);
    assert.ok(seq > at.seq, `told twice: ${seq} after ${at.seq}`);
    at.seq = seq;
    if (type === "health_event") this.#observe(Number(data.message));
    else if (data.server) this.servers.set(data.server.name, data.server.status);
  }

  #observe(number: number): void {
    // Of those that its view leaves out it knows nothing; on its return it is told some before it narrows its view anew.
    if (this.#narrow) return;
    while (this.told + 1 < number && this.unrecorded.has(this.told + 1)) this.told++;
    assert.equal(number, this.told + 1, "an observation was missed or told twice");
    this.told = number;
  }
}

export const SERVERS = ["a", "b"] as const;
export type ModelStatus = "up" | "down" | "degraded";

/** One gateway after the other over the same archive. */
export class ModelGateway {
  readonly #world = handWorld();
  readonly #statuses = new Map<string, ModelStatus>(SERVERS.map((name) => [name, "up"]));
  readonly #clients: readonly ModelClient[];
  readonly archive: ModelArchive | null;
  #bus: Bus = createBus(silentLog);
  #broadcaster: Broadcaster;
  #observed = 0;
  /** Observations of the runs before. */
  #recorded = 0;

  constructor(archive: ModelArchive | null, clients: readonly ModelClient[]) {
    this.archive = archive;
    this.#clients = clients;
    this.#broadcaster = this.#open();
  }

  #open(): Broadcaster {
    this.#bus = createBus(silentLog);
    const views = () => [...this.#statuses].map(([name, status]) => ({ ...serverView(name), status }));
    const metrics = () => ({ calls: this.#observed, faults: 0, sessions: 0, uptimeMs: 0, rssBytes: 0 });
    const snapshot = () => ({ ready: true, servers: views(), metrics: metrics() });
    return new Broadcaster({
      snapshot,
      bus: this.#bus,
      world: this.#world,
      log: silentLog,
      maySee,
      archive: this.archive,
      ring: { events: 6, chars: 1e6 },
    });
  }

  change(name: string, status: ModelStatus): void {
    this.#statuses.set(name, status);
    this.#bus.publish(changed(status, name));
  }

  observe(times: number): void {
    for (let n = 0; n < times; n++) this.#bus.publish(observed(String(++this.#observed)));
  }

  connect(client: ModelClient): void {
    if (!client.connected) client.connect(this.#broadcaster);
  }

  /** What happens while it is away is told by the next one as it starts. */
  async restart(taking: Taking, stop: "clean" | "unclean", meanwhile: ModelStatus): Promise<void> {
    if (this.archive?.isTaken === false) {
      for (const { unrecorded } of this.#clients)
        for (let n = this.#recorded + 1; n <= this.#observed; n++) unrecorded.add(n);
    }
    this.#recorded = this.#observed;
    this.#broadcaster.close();
    for (const client of this.#clients) client.cut();
    await settle();
    this.archive?.start(taking, stop);
    this.#statuses.set("a", meanwhile);
    this.#broadcaster = this.#open();
    for (const [name, status] of this.#statuses) {
      this.#bus.publish({ type: "server.added", at: 1, view: { ...serverView(name), status } });
    }
  }

  async pass(ms: number): Promise<void> {
    this.#world.advance(ms);
    await settle();
  }

  /** Brings everybody back, lets everything end, and compares. */
  async conclude(): Promise<void> {
    for (const client of this.#clients) this.connect(client);
    for (let n = 0; n < 4; n++) await this.pass(2_100);
    for (const client of this.#clients) assert.deepEqual(client.servers, this.#statuses);
    const { told = 0, unrecorded } = this.#clients[0] ?? {};
    for (let n = told + 1; n <= this.#observed; n++) assert.ok(unrecorded?.has(n), `observation ${n} was never told`);
    this.#broadcaster.close();
  }
}
