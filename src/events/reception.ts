// How does a client begin, and how does it change what it sees? With a snapshot, or with what it has missed since it was here;
// afterwards it gets what its view gets.
import { randomBytes } from "node:crypto";
import type { Subscription } from "#contract/subscription.ts";
import type { Audience, LiveClient, Seat } from "./audience.ts";
import type { Outbox } from "./outbox.ts";
import { covering, framesOf, type Packet, packetOf } from "./packet.ts";
import type { Cursor, Recovery, Replay } from "./recovery.ts";
import type { Stream } from "./stream.ts";
import type { Reader } from "./view.ts";

/** Subscriptions of one client. */
export const MAX_SUBSCRIPTIONS = 32;

/** How far a client has been served; null while it waits for a snapshot or a replay, which will tell. */
export type Position = { readonly epoch: string; readonly seq: number } | null;

/** One client among the audience. */
export interface Attachment {
  /** Narrows the client's view; answers its id and from where on it holds, or undefined when there are too many. */
  subscribe(subscription: Subscription): { readonly id: string; readonly position: Position } | undefined;
  /** Undefined when there is no such subscription. */
  unsubscribe(id: string): { readonly position: Position } | undefined;
  leave(): void;
}

export interface ReceptionDeps {
  readonly stream: Stream;
  readonly audience: Audience;
  readonly outbox: Outbox;
  readonly recovery: Recovery;
  /** The snapshot of this moment. */
  status(): Packet;
}

export interface Reception {
  receive(client: LiveClient, reader: Reader, cursor?: Cursor): Attachment;
}

export function createReception({ stream, audience, outbox, recovery, status }: ReceptionDeps): Reception {
  /** From here on the seat gets what the others get; nothing may wait to be sent. */
  const begin = (seat: Seat, cursor: Cursor | undefined, replay: Replay): void => {
    if (!audience.has(seat)) return;
    if (cursor === undefined || replay === null) return audience.resume(seat, status());
    const { epoch, seq } = stream;
    const { frames, last } = framesOf(replay.filter(seat.view.sees), epoch, cursor.after);
    const newest = replay.at(-1);
    // A view that leaves the newest out goes on from there all the same.
    if (newest !== undefined && last < seq) frames.push(covering({ at: newest.at, seq, prev: last, epoch }));
    audience.resume(seat, frames.length === 0 ? null : packetOf(frames, { epoch, seq }));
  };

  const welcome = (seat: Seat, cursor: Cursor | undefined): void => {
    const replay = cursor === undefined ? null : recovery.recall(cursor);
    if (replay !== "fetch") return begin(seat, cursor, replay);
    void recovery.fetch(cursor as Cursor).then((complete) => {
      outbox.whenSent(() => begin(seat, cursor, complete()));
    });
  };

  // What waits has not been sent to the seat yet: it is judged by the new view.
  const change = (seat: Seat, subscriptions: readonly (readonly [string, Subscription])[]): Position => {
    const { sent: seq } = outbox;
    audience.subscribe(seat, new Map(subscriptions), seq);
    return seat.pace.kind === "flowing" ? { epoch: stream.epoch, seq } : null;
  };

  return {
    receive(client, reader, cursor) {
      const seat = audience.sit(client, reader, outbox.sent);
      // What waits is older than what the client begins with, and belongs to those who were here before.
      outbox.whenSent(() => welcome(seat, cursor));
      return {
        subscribe(subscription) {
          if (seat.subscriptions.size >= MAX_SUBSCRIPTIONS) return undefined;
          const id = randomBytes(8).toString("hex");
          return { id, position: change(seat, [...seat.subscriptions, [id, subscription]]) };
        },
        unsubscribe(id) {
          if (!seat.subscriptions.has(id)) return undefined;
          return {
            position: change(
              seat,
              [...seat.subscriptions].filter(([other]) => other !== id),
            ),
          };
        },
        leave: () => audience.leave(seat),
      };
    },
  };
}
