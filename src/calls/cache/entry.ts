// What is one kept answer? Its own copy of the result's bytes, whose it is, and by when it may be served as what.
import type { CacheRule } from "#contract/cache.ts";
import type { Enlisted } from "#lib/roster.ts";
import type { AnswerFacts } from "#policy/cacheability.ts";
import type { Reply } from "#upstream/transport.ts";
import { type Held, PagedReply } from "./held.ts";
import { Node } from "./lru.ts";
import type { Row } from "./shelf.ts";

/**
 * What keeping one answer costs beside its bytes: objects, key and table on the heap, and what the heap takes beside what is alive.
 * Measured with 5,000 to 40,000 answers of 200 bytes to 12 KB (Node 24, Linux x64): 190 to 1,430 bytes of resident memory each.
 */
export const OVERHEAD_BYTES = 1_500;

export interface EntryFields {
  readonly row: Row;
  /** The principal who alone gets it; null when it is for everybody. */
  readonly owner: string | null;
  /** What is kept is a copy of it. */
  readonly reply: Reply;
  readonly rule: CacheRule;
  /** Kept by its server's own word, which is told with the time that is left. */
  readonly hinted: boolean;
  /** Monotonic milliseconds. */
  readonly storedAt: number;
  /** What asking the server took, in milliseconds. */
  readonly costMs: number;
}

export class Entry extends Node implements Enlisted {
  slot: number | undefined;
  readonly row: Row;
  readonly owner: string | null;
  readonly held: Held;
  /** The same where it has room to give back; a text is not looked at once more when it goes. */
  readonly paged: PagedReply | undefined;
  readonly rule: CacheRule;
  readonly hinted: boolean;
  readonly bytes: number;
  readonly storedAt: number;
  readonly costMs: number;

  constructor(key: string, { row, owner, rule, hinted, storedAt, costMs }: EntryFields, held: Held) {
    super(key);
    this.row = row;
    this.owner = owner;
    this.held = held;
    this.paged = held instanceof PagedReply ? held : undefined;
    this.rule = rule;
    this.hinted = hinted;
    this.bytes = held.size + OVERHEAD_BYTES;
    this.storedAt = storedAt;
    this.costMs = costMs;
  }

  /** When its server was asked, monotonic milliseconds. */
  get askedAt(): number {
    return this.storedAt - this.costMs;
  }

  /** Monotonic milliseconds; each of these is over at its end. */
  get freshUntil(): number {
    return this.storedAt + this.rule.ttlMs;
  }

  get revalidateUntil(): number {
    return this.freshUntil + this.rule.staleWhileRevalidateMs;
  }

  get staleUntil(): number {
    return this.freshUntil + this.rule.staleIfErrorMs;
  }

  get keptUntil(): number {
    return Math.max(this.revalidateUntil, this.staleUntil);
  }
}

/** What is seen of a reply without reading it. */
export const answerFacts = ({ scan }: Reply): AnswerFacts => ({
  kind: scan.kind,
  isError: scan.isError,
  resultType: scan.resultType,
  bytes: scan.end - scan.start,
});
