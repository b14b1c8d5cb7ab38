// How does one request over a fake link end? Once: with an answer, with a fault, or with its signal's reason.
import { Fault } from "../../src/contract/fault.ts";
import type { CancelSignal } from "../../src/lib/cancel.ts";
import type { Reply } from "../../src/upstream/transport.ts";

export interface Asked {
  /** Empty for what is no call. */
  readonly callId: string;
  readonly askedAt: number;
  readonly signal: CancelSignal;
}

export interface QuestionEnds {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
  /** Told first; `good` when it was answered without an error. */
  readonly over: (question: Question, good: boolean) => void;
}

export class Question {
  readonly asked: Asked;
  readonly #ends: QuestionEnds;
  /** The server has it in hand. */
  arrived = false;
  /** What it says to a call, from when it has carried it out; empty for what is no call. */
  text = "";
  #lost = false;
  #settled = false;

  constructor(asked: Asked, ends: QuestionEnds) {
    this.asked = asked;
    this.#ends = ends;
    asked.signal.addEventListener("abort", this, { once: true });
  }

  handleEvent(): void {
    this.fail(this.asked.signal.reason);
  }

  answer(reply: Reply): void {
    if (this.#end(reply.scan.kind === "result")) this.#ends.resolve(reply);
  }

  fail(reason: unknown): void {
    if (this.#end(false)) this.#ends.reject(reason);
  }

  /** Its connection ended. What has not arrived never will, and what has may have been carried out. */
  lose(server: string, { why, link }: { why: string; link: boolean }): void {
    this.#lost = true;
    this.fail(this.arrived ? outcomeUnknown(server, why, link) : unsent(server, why));
  }

  get isLost(): boolean {
    return this.#lost;
  }

  get isOver(): boolean {
    return this.#settled;
  }

  #end(good: boolean): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.asked.signal.removeEventListener("abort", this);
    this.#ends.over(this, good);
    return true;
  }
}

export const unsent = (server: string, why: string): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} is not available (${why}); nothing was sent.`, { server });

const outcomeUnknown = (server: string, why: string, linkLost: boolean): Fault =>
  new Fault("OUTCOME_UNKNOWN", `${server} was lost (${why}) after the request was sent.`, {
    server,
    circumstance: { sent: true, ...(linkLost ? { linkLost } : undefined) },
  });
