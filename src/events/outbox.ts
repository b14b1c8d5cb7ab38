// What waits to be sent, and how does it leave? All that happened within one step as one packet per view; states that change
// too fast as their last one only.
import type { World } from "#lib/world.ts";
import type { Audience } from "./audience.ts";
import { createFlapping } from "./flapping.ts";
import { createPacer } from "./pacer.ts";
import { conflate, framesOf, packetOf } from "./packet.ts";
import type { Item, Stream } from "./stream.ts";

/** So many items in one step call for longer steps. */
const BUSY_ITEMS = 10;
const MAX_PENDING_CHARS = 256 * 1024;

export interface Outbox {
  /** Takes an item; it leaves within one step. */
  add(item: Item): void;
  /** Sends what waits, now. */
  flush(): void;
  /** Runs `fn` when nothing waits: now, or right after what waits has left. */
  whenSent(fn: () => void): void;
  /** Number of the newest event that has left. */
  readonly sent: number;
  /** Finished calls that wait. */
  readonly calls: number;
  stop(): void;
}

export interface OutboxDeps {
  readonly world: World;
  readonly stream: Stream;
  readonly audience: Audience;
}

export function createOutbox({ world, stream, audience }: OutboxDeps): Outbox {
  const flapping = createFlapping();
  let pending: Item[] = [];
  let pendingChars = 0;
  let calls = 0;
  let afterwards: (() => void)[] = [];

  const forget = (): void => {
    pending = [];
    pendingChars = 0;
    calls = 0;
  };
  const send = (): void => {
    const position = { epoch: stream.epoch, seq: stream.seq };
    for (const view of audience.views()) {
      const items = conflate(pending.filter(view.sees), flapping.fast);
      if (items.length === 0) continue;
      const { frames, last } = framesOf(items, stream.epoch, view.last);
      view.last = last;
      audience.sendTo(view, packetOf(frames, position));
    }
  };
  const flush = (): void => {
    if (pending.length === 0) return;
    pacer.left();
    send();
    forget();
    flapping.reset(world.now());
    const run = afterwards;
    afterwards = [];
    for (const fn of run) fn();
  };
  const pacer = createPacer(world, flush);

  return {
    add(item) {
      const isFast = flapping.isFast(item, world.now());
      pending.push(item);
      pendingChars += item.text.length;
      if (item.type === "call_finished") calls++;
      if (pendingChars > MAX_PENDING_CHARS) flush();
      else pacer.wake(isFast || pending.length >= BUSY_ITEMS ? "busy" : "calm");
    },
    flush,
    whenSent(fn) {
      if (pending.length === 0) fn();
      else afterwards.push(fn);
    },
    get sent() {
      const first = pending.find(({ seq }) => seq !== null);
      return first?.seq == null ? stream.seq : first.seq - 1;
    },
    get calls() {
      return calls;
    },
    stop() {
      pacer.stop();
      forget();
      afterwards = [];
    },
  };
}
