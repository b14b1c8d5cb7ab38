// Who watches the gateway live? Readers of the live stream who come, are cut off, and come back from where they stood; one sees
// everything, one only a few servers and kinds of events, one reads too slowly. What they are told is judged in live-truth.ts.
import type { Subscription } from "../../src/contract/subscription.ts";
import type { LiveClient } from "../../src/events/audience.ts";
import type { Broadcaster } from "../../src/events/broadcaster.ts";
import type { Packet } from "../../src/events/packet.ts";
import type { Attachment } from "../../src/events/reception.ts";
import type { Cancel } from "../../src/lib/world.ts";
import { LiveBook } from "./live-truth.ts";
import type { Dice } from "./random.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface ReaderParts {
  readonly world: VirtualWorld;
  readonly watch: Watch;
  readonly dice: Dice;
  readonly broadcaster: Broadcaster;
  readonly servers: readonly string[];
}

/** Mean milliseconds that a reader stays, and is away. */
const STAYS_MS = 20_000;
const AWAY_MS = 8_000;
/** Bytes that a slow reader takes in a second, at most. */
const SLOW_BYTES = 200_000;
const TAKES_EVERY_MS = 1_000;

export class Reader implements LiveClient {
  readonly kind = "websocket";
  readonly address = "127.0.0.1";
  readonly book: LiveBook;
  readonly #parts: ReaderParts;
  readonly #subscription: Subscription | undefined;
  readonly #isSlow: boolean;
  #attachment: Attachment | undefined;
  #unread = 0;
  #cancelNext: Cancel = () => {};
  #cancelTaking: Cancel = () => {};

  constructor(name: string, parts: ReaderParts, way: { readonly narrow?: boolean; readonly slow?: boolean }) {
    const { watch, dice, servers } = parts;
    this.#parts = parts;
    this.#isSlow = way.slow === true;
    const seen = way.narrow === true ? dice.shuffle(servers).slice(0, 3) : servers;
    this.#subscription =
      way.narrow === true
        ? { event_types: ["mcp_status_change", "circuit_breaker_state"], filters: { servers: [...seen] } }
        : undefined;
    this.book = new LiveBook(name, watch, new Set(seen));
  }

  start(): void {
    const { world, dice } = this.#parts;
    const isHere = this.#attachment !== undefined;
    this.#cancelNext = world.outside(dice.wait(isHere ? STAYS_MS : AWAY_MS), "", () => {
      if (isHere) this.#leave();
      else this.come();
      this.start();
    });
  }

  stop(): void {
    this.#cancelNext();
  }

  /** From where it stood, or anew. */
  come(): void {
    const { broadcaster, dice, watch } = this.#parts;
    if (this.#attachment !== undefined) return;
    const cursor = dice.chance(0.85) ? this.book.position : undefined;
    if (cursor === undefined) this.book.forget();
    this.#unread = 0;
    watch.note("reader comes", "", this.book.name);
    this.#attachment = broadcaster.attach(this, { principal: this.book.name, role: "admin" }, cursor);
    const subscription = this.#subscription;
    const given = subscription === undefined ? undefined : this.#attachment.subscribe(subscription);
    if (given?.position != null) this.book.holdsFrom(given.position);
    if (this.#isSlow) this.#take();
  }

  leaveForGood(): void {
    this.stop();
    this.#leave();
  }

  send({ json }: Packet): void {
    if (this.#isSlow) this.#unread += json.length;
    this.book.told(JSON.parse(json.toString()));
  }

  bufferedBytes(): number {
    return this.#unread;
  }

  cut(): void {
    this.#leave();
  }

  #leave(): void {
    this.#cancelTaking();
    this.#attachment?.leave();
    this.#attachment = undefined;
  }

  #take(): void {
    const { world, dice } = this.#parts;
    this.#cancelTaking = world.outside(TAKES_EVERY_MS, "", () => {
      this.#unread = Math.max(0, this.#unread - dice.below(SLOW_BYTES));
      this.#take();
    });
  }
}

export class Readers {
  readonly #all: readonly Reader[];

  constructor(parts: ReaderParts) {
    const reader = (name: string, way: { narrow?: boolean; slow?: boolean }): Reader =>
      new Reader(name, { ...parts, dice: parts.dice.stream(name) }, way);
    this.#all = [reader("all", {}), reader("narrow", { narrow: true }), reader("slow", { slow: true })];
  }

  start(): void {
    for (const reader of this.#all) reader.start();
  }

  /** Everybody comes once more and stays. */
  gather(): void {
    for (const reader of this.#all) {
      reader.stop();
      reader.come();
    }
  }

  /** Judges what those who are here believe. */
  compare(truth: ReadonlyMap<string, string>): void {
    for (const { book } of this.#all) book.compare(truth);
  }

  dismiss(): void {
    for (const reader of this.#all) reader.leaveForGood();
  }
}
