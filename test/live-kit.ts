// Who follows the live stream in tests, and what makes it a storm? A reader that keeps the state which the frames tell and notes
// everything missed or told twice, and people who press every button at once.
import { WebSocket } from "ws";
import { type Frame, frameSchema } from "#contract/event.ts";
import type { ServerView } from "#contract/upstream.ts";
import { type TestGateway, until } from "./kit.ts";

/** The frames whose latest state may replace those before it. */
const STATES: ReadonlySet<Frame["type"]> = new Set<Frame["type"]>(["mcp_status_change", "circuit_breaker_state"]);

export class Follower {
  #socket: WebSocket | undefined;
  #generation = 0;
  position: { epoch: string; seq: number } | undefined;
  readonly servers = new Map<string, ServerView>();
  /** Everything wrong, in words. */
  readonly problems: string[] = [];
  /** Types of the numbered frames it was told, by number. */
  readonly told = new Map<number, Frame["type"]>();
  snapshots = 0;
  connects = 0;

  /** Resolves once the socket is open; frames may come later. */
  async connect(gateway: TestGateway): Promise<void> {
    const generation = ++this.#generation;
    const at = this.position;
    const query = at === undefined ? "" : `?epoch=${at.epoch}&after=${at.seq}`;
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws${query}`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    this.#socket = socket;
    this.connects++;
    socket.on("error", () => {});
    socket.on("message", (data) => {
      if (generation !== this.#generation) return;
      for (const frame of [JSON.parse(String(data))].flat()) this.#take(frame);
    });
    await new Promise((done) => socket.once("open", done).once("close", done));
  }

  /** Without a goodbye; what is still on its way is lost. */
  cut(): void {
    this.#generation++;
    this.#socket?.terminate();
  }

  /** Whether the other end has gone. */
  get isClosed(): boolean {
    return this.#socket === undefined || this.#socket.readyState === WebSocket.CLOSED;
  }

  #take(value: unknown): void {
    const parsed = frameSchema.safeParse(value);
    if (!parsed.success) return void this.problems.push(`no frame: ${parsed.error.message.slice(0, 200)}`);
    const frame = parsed.data;
    if (frame.type === "initial_status") return this.#begin(frame);
    if (frame.seq === undefined) return;
    const last = this.position;
    if (last === undefined) return void this.problems.push(`${frame.seq} came before a snapshot`);
    if (frame.epoch !== last.epoch) this.problems.push(`epoch ${frame.epoch} after ${last.epoch}`);
    if (frame.prev !== last.seq)
      this.problems.push(`a gap: ${frame.seq} names ${frame.prev}, ${last.seq} was the last`);
    if (frame.seq <= last.seq) this.problems.push(`told twice: ${frame.seq} after ${last.seq}`);
    last.seq = frame.seq;
    this.told.set(frame.seq, frame.type);
    this.#keep(frame);
  }

  #begin({ seq, epoch, data }: Frame & { type: "initial_status" }): void {
    this.snapshots++;
    this.position = { epoch: epoch as string, seq: seq as number };
    this.servers.clear();
    this.told.clear();
    for (const view of data.servers) this.servers.set(view.name, view);
  }

  #keep({ type, data }: Frame): void {
    if (type === "server_removed") this.servers.delete(data.name);
    else if ("server" in data && typeof data.server === "object" && data.server !== null) {
      this.servers.set(data.server.name, data.server);
    }
  }

  /** What is wrong with what it was told since its last snapshot, given what the archive holds of that epoch. */
  compare(archived: ReadonlyMap<number, string>): string[] {
    const numbers = [...this.told.keys()];
    const wrong = numbers.filter((seq) => archived.get(seq) !== this.told.get(seq));
    const from = numbers[0] ?? 0;
    const missed = [...archived].filter(
      ([seq, type]) =>
        seq > from && seq <= (this.position?.seq ?? 0) && !this.told.has(seq) && !STATES.has(type as never),
    );
    return [
      ...wrong.map((seq) => `${seq} is ${archived.get(seq)} in the archive and ${this.told.get(seq)} in the stream`),
      ...missed.map(([seq, type]) => `${seq} ${type} was never told`),
    ];
  }
}

const essence = ({ name, status, circuitState, link, enabled, statusReason }: ServerView): object => ({
  ...{ name, status, circuitState, link, enabled, statusReason },
});

/** Resolves once what the follower was told says the same of every server as REST does. */
export async function untilEqual(follower: Follower, gateway: TestGateway): Promise<void> {
  await until("the stream and REST say the same", async () => {
    const { items } = (await gateway.api("GET", "/api/servers")).body as { items: ServerView[] };
    const told = items.map(({ name }) => follower.servers.get(name)).filter((view) => view !== undefined);
    return JSON.stringify(told.map(essence)) === JSON.stringify(items.map(essence));
  });
}

/** Isolates, releases, disables and enables these servers as fast as they can be, until it is stopped; tells how often one was isolated. */
export function startStorm(gateway: TestGateway, servers: readonly string[]): { stop(): Promise<number> } {
  let isOver = false;
  let isolations = 0;
  const press = async (name: string): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const verbs = turn % 10 === 0 ? ["disable", "enable"] : ["isolate", "release"];
      for (const verb of verbs) {
        const { status } = await gateway.api("POST", `/api/servers/${name}/${verb}`);
        if (verb === "isolate" && status === 200) isolations++;
      }
    }
  };
  const pressing = Promise.all(servers.map(press));
  return {
    async stop() {
      isOver = true;
      await pressing;
      return isolations;
    },
  };
}
