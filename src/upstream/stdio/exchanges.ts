// Which of our own requests wait for a reply on this link, and how does each one end? Every exchange settles exactly once:
// with the first reply, with its signal's reason, or with the link.
import { type Circumstance, Fault } from "#contract/fault.ts";
import { Register } from "#lib/roster.ts";
import type { ReplyScan } from "#mcp/scan.ts";
import type { Exchange, Reply, SideMessage } from "#upstream/transport.ts";
import type { Letter, Outbox } from "./outbox.ts";

export interface ExchangeTable {
  open(request: Exchange, outbox: Outbox): Promise<Reply>;
  /** Returns false when nobody waits for this id (any more). `line` may be a view of a larger chunk. */
  resolve(line: Buffer, scan: ReplyScan): boolean;
  /** Ends one exchange whose reply cannot be used. Returns false when nobody waits for it. */
  refuse(id: string): boolean;
  /** Hands a progress notification to its exchange. Returns false when nobody waits for it. */
  notify(id: string, message: SideMessage): boolean;
  /** Ends all of them: those that never left with UPSTREAM_UNAVAILABLE, the others with OUTCOME_UNKNOWN. */
  loseAll(why: string): void;
}

const ONCE = { once: true } as const;
/** A reply that is a small part of its chunk is copied, so that keeping it does not keep the chunk. */
const SHARED_CHUNK_BYTES = 4096;

class Pending implements Letter {
  text: string;
  sent = false;
  readonly request: Exchange;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
  readonly #abandon: (pending: Pending) => void;

  constructor(
    request: Exchange,
    ends: [(reply: Reply) => void, (reason: unknown) => void],
    abandon: (pending: Pending) => void,
  ) {
    this.text = `${request.body}\n`;
    this.request = request;
    [this.resolve, this.reject] = ends;
    this.#abandon = abandon;
  }

  /** The signal aborted. An object with this method is a listener, which spares a closure per call. */
  handleEvent(): void {
    this.#abandon(this);
    this.reject(this.request.signal.reason);
  }
}

export function createExchangeTable(server: string): ExchangeTable {
  const waiting = new Register<Pending>();
  const take = (id: string): Pending | undefined => {
    const pending = waiting.get(id);
    if (pending === undefined) return undefined;
    waiting.delete(id);
    pending.request.signal.removeEventListener("abort", pending);
    return pending;
  };

  return {
    open(request, outbox) {
      if (request.signal.aborted) return Promise.reject(request.signal.reason);
      return new Promise((resolve, reject) => {
        const pending = new Pending(request, [resolve, reject], (abandoned) => {
          waiting.delete(request.id);
          outbox.withdraw(abandoned);
        });
        if (!outbox.post(pending)) return reject(overloaded(server));
        waiting.set(request.id, pending);
        request.signal.addEventListener("abort", pending, ONCE);
      });
    },
    resolve(line, scan) {
      const pending = take(scan.id ?? "");
      const chunkBytes = line.buffer.byteLength;
      const bytes = chunkBytes > SHARED_CHUNK_BYTES && chunkBytes > 2 * line.length ? Buffer.from(line) : line;
      pending?.resolve({ bytes, scan });
      return pending !== undefined;
    },
    refuse(id) {
      const pending = take(id);
      const message = `Server "${server}" answered ${pending?.request.method} with something that is not a valid JSON-RPC reply.`;
      pending?.reject(new Fault("UPSTREAM_PROTOCOL", message, { server }));
      return pending !== undefined;
    },
    notify(id, message) {
      const pending = waiting.get(id);
      pending?.request.onMessage?.(message);
      return pending !== undefined;
    },
    loseAll(why) {
      for (const pending of waiting.all()) {
        take(pending.request.id);
        pending.reject(lost(server, pending, why));
      }
    },
  };
}

function lost(server: string, { sent, request }: Pending, why: string): Fault {
  if (!sent) return unavailable(server, why, { linkLost: true });
  const message =
    `Server "${server}" was lost (${why}) after ${request.method} was sent to it; the call may have taken effect and is ` +
    "not repeated. Check before you try again.";
  return new Fault("OUTCOME_UNKNOWN", message, { server, circumstance: { sent: true, linkLost: true } });
}

export const unavailable = (server: string, why: string, circumstance: Circumstance = {}): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `Server "${server}" is not available (${why}); nothing was sent to it.`, {
    server,
    circumstance,
  });

export const overloaded = (server: string): Fault =>
  new Fault(
    "OVERLOADED",
    `Server "${server}" does not read its input; too much is waiting for it and nothing was sent.`,
    {
      server,
    },
  );
