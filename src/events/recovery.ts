// What has a client missed that comes back with its last number? From the ring, else from the archive, else nobody can say
// and it needs a snapshot. Either everything after the number, or nothing.
import { sleep, type World } from "#lib/world.ts";
import type { ArchivedEvent, EventArchive } from "./archive.ts";
import { fromArchive, type NumberedItem, type Stream } from "./stream.ts";

/** A larger replay than this costs more than a snapshot. */
export const REPLAY_LIMITS = { events: 1_000, chars: 768 * 1024 } as const;
/** A client waits at most so long for its replay, in milliseconds. */
export const REPLAY_WAIT_MS = 2_000;

/** Where a client stood: it has seen everything up to number `after` of an epoch. */
export interface Cursor {
  readonly epoch: string;
  readonly after: number;
}

/** Everything after a cursor, oldest first; null when that cannot be told. */
export type Replay = readonly NumberedItem[] | null;

export interface RecoveryDeps {
  readonly stream: Stream;
  readonly archive: EventArchive | null;
  readonly world: World;
  /** Resolves once the epoch of this run is settled. */
  readonly settled: Promise<void>;
  readonly isSettled: () => boolean;
}

export interface Recovery {
  /** At once, from memory; "fetch" when it may be found elsewhere. */
  recall(cursor: Cursor): Replay | "fetch";
  /** Fetches what is missing; the function it resolves with adds what has happened since. Never rejects. */
  fetch(cursor: Cursor): Promise<() => Replay>;
}

export function createRecovery({ stream, archive, world, settled, isSettled }: RecoveryDeps): Recovery {
  const recall = (cursor: Cursor): Replay | "fetch" => {
    if (archive !== null && !isSettled()) return "fetch";
    if (cursor.epoch !== stream.epoch || cursor.after > stream.seq) return null;
    const items = stream.since(cursor.after);
    if (items !== undefined) return bounded(items);
    return archive === null || stream.oldest - 1 - cursor.after > REPLAY_LIMITS.events ? null : "fetch";
  };

  const rowsAfter = async ({ epoch, after }: Cursor): Promise<readonly ArchivedEvent[]> => {
    const fetched = archive?.after(epoch, after, REPLAY_LIMITS.events) ?? [];
    return await Promise.race([fetched, sleep(world, REPLAY_WAIT_MS).then(() => [])]);
  };

  return {
    recall,
    async fetch(cursor) {
      await Promise.race([settled, sleep(world, REPLAY_WAIT_MS)]);
      const known = recall(cursor);
      if (known !== "fetch" || !isSettled()) return () => recallNow(recall, cursor);
      const rows = await rowsAfter(cursor).catch(() => []);
      return () => joined(cursor, rows, stream);
    },
  };
}

function recallNow(recall: (cursor: Cursor) => Replay | "fetch", cursor: Cursor): Replay {
  const replay = recall(cursor);
  return replay === "fetch" ? null : replay;
}

/** The rows and the ring as one sequence without a hole. */
function joined(cursor: Cursor, rows: readonly ArchivedEvent[], stream: Stream): Replay {
  if (cursor.epoch !== stream.epoch) return null;
  const older = rows.filter(({ seq }) => seq < stream.oldest).map(fromArchive);
  const items = [...older, ...(stream.since(stream.oldest - 1) ?? [])];
  const isWhole = items.every(({ seq }, at) => seq === cursor.after + 1 + at) && items.at(-1)?.seq === stream.seq;
  return isWhole ? bounded(items) : null;
}

function bounded(items: readonly NumberedItem[]): Replay {
  if (items.length > REPLAY_LIMITS.events) return null;
  const chars = items.reduce((sum, { text }) => sum + text.length, 0);
  return chars > REPLAY_LIMITS.chars ? null : items;
}
