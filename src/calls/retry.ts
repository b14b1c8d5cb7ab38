// When is a failed call tried again? Where policy says that it does no harm, within the call's deadline and the server's
// budget. This is the one place that repeats a call. The caller hears the last attempt's fault, unless that says that nothing
// was sent when an earlier attempt was.
import { type Fault, isFault } from "#contract/fault.ts";
import { Register } from "#lib/roster.ts";
import { sleep, type World } from "#lib/world.ts";
import { afterFailure } from "#policy/retry.ts";
import { RetryBudget } from "#policy/retry-budget.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Handler, Layer, Target } from "./call.ts";
import { begun } from "./with-end.ts";

export interface RetryCounts {
  /** Attempts beyond the first. */
  readonly retries: number;
  /** Retries that would have done no harm and were not made, because the budget was spent. */
  readonly budgetRefusals: number;
}

interface Book {
  readonly budget: RetryBudget;
  retries: number;
  budgetRefusals: number;
}

const NOTHING: RetryCounts = { retries: 0, budgetRefusals: 0 };

export class Retries {
  readonly #world: World;
  readonly #books = new Register<Book>();

  constructor({ world }: { readonly world: World }) {
    this.#world = world;
  }

  readonly layer: Layer = (next) => (call) => {
    const book = this.#bookOf((call.target as Target).server);
    book.budget.deposit();
    return begun(next, call).catch((error) => this.#again(next, call, { book, error }));
  };

  /** Since the first call, or since `forget`. */
  counts(server: string): RetryCounts {
    const book = this.#books.get(server);
    return book === undefined ? NOTHING : { retries: book.retries, budgetRefusals: book.budgetRefusals };
  }

  /** Drops budget and counts of a server that was removed. */
  forget(server: string): void {
    this.#books.delete(server);
  }

  async #again(next: Handler, call: Call, first: { readonly book: Book; readonly error: unknown }): Promise<Reply> {
    const { book } = first;
    let { error } = first;
    let sent: Fault | undefined;
    for (let tries = 1; ; tries++) {
      if (isFault(error) && wasSent(error)) sent = error;
      // An attempt that met a forgotten session was sent twice by `send`; both count.
      const afterMs = isFault(error) ? this.#delayMs(call, error, Math.max(tries, call.attempts)) : undefined;
      if (afterMs === undefined || !spend(book)) throw sent !== undefined && saysUnsent(error) ? sent : error;
      call.backoffMs += afterMs;
      await sleep(this.#world, afterMs, call.control);
      book.retries++;
      try {
        return await next(call);
      } catch (failure) {
        error = failure;
      }
    }
  }

  // Counted from the start of the call: what was in progress begins anew, so the time that progress gained does not count.
  #delayMs({ startedAt, target }: Call, fault: Fault, attempt: number): number | undefined {
    const { repeatable, timeoutMs } = target as Target;
    const deadlineInMs = startedAt + timeoutMs - this.#world.now();
    const random = this.#world.random();
    const verdict = afterFailure({ fault, repeatable, attempt, deadlineInMs, random });
    return verdict.kind === "retry" ? verdict.afterMs : undefined;
  }

  #bookOf(server: string): Book {
    const known = this.#books.get(server);
    if (known !== undefined) return known;
    const book = { budget: new RetryBudget(), retries: 0, budgetRefusals: 0 };
    this.#books.set(server, book);
    return book;
  }
}

const wasSent = ({ code, circumstance }: Fault): boolean => code === "OUTCOME_UNKNOWN" || circumstance?.sent === true;

/** True of the last attempt alone, it would be untrue of the call. */
const saysUnsent = (error: unknown): boolean =>
  isFault(error, "BREAKER_OPEN") ||
  isFault(error, "OVERLOADED") ||
  (isFault(error, "UPSTREAM_UNAVAILABLE") && !wasSent(error));

function spend(book: Book): boolean {
  if (book.budget.withdraw()) return true;
  book.budgetRefusals++;
  return false;
}
