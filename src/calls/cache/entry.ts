// What is one kept answer? Its own copy of the result's bytes, whose it is, and by when it may be served as what.
import type { CacheRule } from "#contract/cache.ts";
import { returnBuffer } from "#lib/buffer-pool.ts";
import type { Enlisted } from "#lib/roster.ts";
import type { ReplyScan } from "#mcp/scan.ts";
import { COPY_LIMIT } from "#mcp/splice.ts";
import type { AnswerFacts } from "#policy/cacheability.ts";
import type { Reply } from "#upstream/transport.ts";
import { Node } from "./lru.ts";
import type { Row } from "./shelf.ts";

/**
 * What keeping one answer costs beside its bytes: objects, key and table on the heap, and what each buffer has outside of it.
 * Measured with 20,000 to 200,000 answers of 100 bytes to 10 KB (Node 24, Linux x64): 600 to 660 bytes of heap each, and
 * 1,280 to 1,600 bytes of resident memory in all.
 */
export const OVERHEAD_BYTES = 1_500;

export interface EntryFields {
  readonly row: Row;
  /** The principal who alone gets it; null when it is for everybody. */
  readonly owner: string | null;
  /** Owned: nobody else writes to it. */
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
  readonly reply: Reply;
  readonly rule: CacheRule;
  readonly hinted: boolean;
  readonly bytes: number;
  readonly storedAt: number;
  readonly costMs: number;

  constructor(key: string, { row, owner, reply, rule, hinted, storedAt, costMs }: EntryFields) {
    super(key);
    this.row = row;
    this.owner = owner;
    this.reply = reply;
    this.rule = rule;
    this.hinted = hinted;
    this.bytes = (reply.text ?? reply.bytes).length + OVERHEAD_BYTES;
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

/**
 * A copy of its own of a reply's result or error, without the envelope around it; the reply itself is not to be read any more. A
 * small one is held as text: a buffer of its own for each would cost more than what is in it.
 */
export function ownReply({ bytes, scan }: Reply): Reply {
  const { start, end } = scan;
  // One so small is hardly ever lent; if it is, the garbage collector has its buffer.
  if (end - start <= COPY_LIMIT) return new OwnReply(bytes.toString("latin1", start, end), scan);
  const own = Buffer.allocUnsafeSlow(end - start);
  bytes.copy(own, 0, start, end);
  returnBuffer(bytes);
  return { bytes: own, scan: new OwnScan(scan) };
}

/** Where the parts of a reply are that is nothing but its result or error. */
class OwnScan implements ReplyScan {
  readonly id = null;
  readonly kind: ReplyScan["kind"];
  readonly start = 0;
  readonly end: number;
  readonly metaEnd: number;
  readonly isError: boolean;
  readonly resultType: string | null;

  constructor({ kind, start, end, metaEnd, isError, resultType }: ReplyScan) {
    this.kind = kind;
    this.end = end - start;
    this.metaEnd = metaEnd === -1 ? -1 : metaEnd - start;
    this.isError = isError;
    this.resultType = resultType;
  }
}

/** Tells of itself where its parts are: the fewer objects are kept, the less has the garbage collector to do. */
class OwnReply extends OwnScan implements Reply {
  readonly text: string;

  constructor(text: string, scan: ReplyScan) {
    super(scan);
    this.text = text;
  }

  get scan(): ReplyScan {
    return this;
  }

  get bytes(): Buffer {
    return Buffer.from(this.text, "latin1");
  }
}
