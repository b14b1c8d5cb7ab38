// What does the live stream need of a memory longer than its own? Numbered events handed over as they happen, read back
// after a number, and an epoch that outlives a clean stop. The store's side implements this; nothing here waits for it.
import type { FrameType, Severity } from "#contract/event.ts";

/** One event under the number that its live frame carries. */
export interface ArchivedEvent {
  /** One more than that of the event before it, within one epoch. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: FrameType;
  /** Null for an event that is about no single server. */
  readonly server: string | null;
  /** Null for an event that has none. */
  readonly severity: Severity | null;
  /** The frame's `data`, to be stored and sent again as it is. */
  readonly data: unknown;
}

/** Where the numbering goes on. */
export interface EpochStart {
  /** Random, at least 128 bits; numbers compare only within one epoch. */
  readonly epoch: string;
  /** Number of the last event that was archived under it; 0 for a new one. */
  readonly seq: number;
}

export interface EventArchive {
  /**
   * Resolves as soon as the store can tell: after a clean stop with the epoch of the last run and its last number, else
   * with a new one and 0. To be called once per run. A rejection means that this run keeps the epoch it began with, and
   * nothing is archived.
   */
  takeEpoch(): Promise<EpochStart>;
  /**
   * Hands one event over to be written behind, with rising numbers; one is missing only where more happened before
   * `takeEpoch` than memory holds. Never waits or throws.
   */
  append(epoch: string, event: ArchivedEvent): void;
  /**
   * The events with a number above `seq`, in order, at most `limit`; none for an epoch that is not known. May lack the
   * newest, which are not written yet, and those that were dropped while the database was away. Throws STORE_UNAVAILABLE.
   */
  after(epoch: string, seq: number, limit: number): Promise<readonly ArchivedEvent[]>;
}
