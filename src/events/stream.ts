// Which number does each event get, and which of the newest are still at hand? One numbered sequence within one epoch, and a
// ring of the last events, bounded in count and in characters.
import { randomBytes } from "node:crypto";
import type { FrameType, Severity } from "#contract/event.ts";
import type { ArchivedEvent, EpochStart } from "./archive.ts";
import type { FrameBody } from "./frame.ts";

/** How much of the newest is kept in memory. */
export interface RingLimits {
  readonly events: number;
  /** Of all `data` together. */
  readonly chars: number;
}

export const RING_LIMITS: RingLimits = { events: 1_000, chars: 4 * 1024 * 1024 };

/** One frame to be sent: everything of it that is the same for all who see it. */
export interface Item {
  /** Null for a frame that is not numbered, and so never replayed. */
  readonly seq: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: FrameType;
  readonly server: string | null;
  readonly severity: Severity | null;
  /** Whose doing it tells; null when it is nobody's own. */
  readonly owner: string | null;
  /** `data` as JSON text. */
  readonly text: string;
}

export type NumberedItem = Item & { readonly seq: number };

/** Changes of one state: when they follow each other too fast, the last one is enough. */
const STATES: ReadonlySet<FrameType> = new Set<FrameType>(["mcp_status_change", "circuit_breaker_state"]);

/** What the item is the newest state of; null when each counts. */
export const stateKey = ({ type, server }: Item): string | null => (STATES.has(type) ? `${type} ${server}` : null);

export interface Stream {
  readonly epoch: string;
  /** Of the newest event; 0 before the first. */
  readonly seq: number;
  /** Gives the event its number and remembers it. */
  add(at: number, body: FrameBody): NumberedItem;
  /** All events after a number, oldest first; undefined when the ring does not reach back so far. */
  since(seq: number): readonly NumberedItem[] | undefined;
  /** The oldest number in the ring; one more than `seq` when it is empty. */
  readonly oldest: number;
  /** Goes on where another run ended: what happened until now is numbered anew; what of it is still at hand is returned. */
  adopt(start: EpochStart): readonly NumberedItem[];
}

export function createStream(limits: RingLimits): Stream {
  let epoch = randomBytes(16).toString("hex");
  let seq = 0;
  let ring: NumberedItem[] = [];
  let chars = 0;
  const oldest = (): number => seq - ring.length + 1;

  return {
    get epoch() {
      return epoch;
    },
    get seq() {
      return seq;
    },
    get oldest() {
      return oldest();
    },
    add(at, body) {
      const item: NumberedItem = { ...itemOf(at, body), seq: ++seq };
      ring.push(item);
      chars += item.text.length;
      while (ring.length > limits.events || (chars > limits.chars && ring.length > 1)) {
        chars -= ring.shift()?.text.length ?? 0;
      }
      return item;
    },
    since(after) {
      if (after > seq || after < oldest() - 1) return undefined;
      return ring.slice(after - oldest() + 1);
    },
    adopt(start) {
      epoch = start.epoch;
      seq += start.seq;
      ring = ring.map((item) => ({ ...item, seq: start.seq + item.seq }));
      return ring;
    },
  };
}

/** A frame without a number. */
export function itemOf(at: number, { type, data }: FrameBody, owner: string | null = null): Item {
  return { seq: null, at, type, server: serverOf(data), severity: severityOf(data), owner, text: JSON.stringify(data) };
}

function serverOf(data: FrameBody["data"]): string | null {
  if ("server" in data) return typeof data.server === "object" ? (data.server?.name ?? null) : data.server;
  return "name" in data ? data.name : null;
}

const severityOf = (data: FrameBody["data"]): Severity | null => ("severity" in data ? data.severity : null);

export const archived = ({ seq, at, type, server, severity, text }: NumberedItem): ArchivedEvent => ({
  seq,
  at,
  type,
  server,
  severity,
  data: JSON.parse(text) as unknown,
});

export const fromArchive = ({ seq, at, type, server, severity, data }: ArchivedEvent): NumberedItem => ({
  seq,
  at,
  type,
  server,
  severity,
  owner: null,
  text: JSON.stringify(data),
});
