// How does one connection go, from its ticket to its end? It gives up what stays silent; what follows, its owner decides.
import type { Frame } from "../../../src/contract/event.ts";
import type { Cursor, Opening, Pipe, PipeEvents } from "./pipe.ts";
import type { Carrier } from "./way.ts";
import { createWish } from "./wish.ts";

export interface ConnectionDeps {
  /** A single-use ticket; rejects when the gateway refuses or does not answer. */
  ticket(): Promise<string>;
  isSignedOut(error: unknown): boolean;
  open(opening: Opening, events: PipeEvents): Pipe;
  /** Null when there is nothing to take up. */
  cursor(): Cursor | null;
  onFrames(frames: readonly Frame[]): "applied" | "gap";
  after(ms: number, fn: () => void): () => void;
}

/** Whether finished calls are wanted now; `onChange` is called when that becomes another. */
export interface Wants {
  calls: boolean;
  onChange: () => void;
}

/**
 * `no_ticket`: the gateway was not reached at all; `mute`: ended before the first frame; `again`: to be opened anew at once, as
 * the address must say something else; `socket`: while events came, a socket has spoken too.
 */
export type End = "lost" | "no_ticket" | "mute" | "gap" | "again" | "socket" | "signed_out" | "closed";

export interface Attempt {
  readonly by: Carrier;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly wants: Wants;
  /** When a socket is to be tried beside server-sent events, milliseconds from now. */
  readonly socketDueMs: number;
  /** Called when a socket has been tried beside them. */
  onSocketTried(): void;
  /** Called once, when the first frames of this connection have been taken. */
  onHeard(): void;
}

/** How long the first frame may take, milliseconds. */
const FIRST_MS = 10_000;
/** Silence after which the gateway is asked for a sign of life, and after which the connection is given up. */
const QUIET_MS = 15_000;
const ANSWER_MS = 10_000;
const PING = '{"action":"ping"}';

function framesOf(text: string): readonly Frame[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const list = Array.isArray(parsed) ? parsed : [parsed];
    return list.filter((frame) => typeof frame?.type === "string") as Frame[];
  } catch {
    return [];
  }
}

/** Gives a silent connection up: asks for a sign of life first. Returns what to call when something was heard, and the stop. */
function watchSilence(deps: ConnectionDeps, ask: () => void, giveUp: () => void) {
  let cancel = deps.after(FIRST_MS, giveUp);
  const heard = (): void => {
    cancel();
    cancel = deps.after(QUIET_MS, () => {
      ask();
      cancel = deps.after(ANSWER_MS, giveUp);
    });
  };
  return { heard, stop: () => cancel() };
}

/** Whether a socket brings anything now; it is closed again. */
async function socketSpeaks(deps: ConnectionDeps): Promise<boolean> {
  const ticket = await deps.ticket();
  const speaks = await new Promise<boolean>((resolve) => {
    const opening: Opening = { by: "websocket", ticket, cursor: deps.cursor(), calls: false };
    const cancel = deps.after(FIRST_MS, () => end(false));
    const end = (spoke: boolean): void => {
      cancel();
      pipe.close();
      resolve(spoke);
    };
    const pipe = deps.open(opening, { onOpen: () => {}, onText: () => end(true), onEnd: () => end(false) });
  });
  return speaks;
}

/** Tries a socket at its time and says when one has spoken. Returns the stop. */
function watchForSocket(deps: ConnectionDeps, attempt: Attempt, onSpeaks: () => void): () => void {
  if (attempt.by === "websocket") return () => {};
  return deps.after(attempt.socketDueMs, () => {
    attempt.onSocketTried();
    void socketSpeaks(deps).then(
      (speaks) => speaks && onSpeaks(),
      () => {},
    );
  });
}

function spendTicket(deps: ConnectionDeps, ticket: string, attempt: Attempt): Promise<End> {
  const { by, wants, signal } = attempt;
  const cursor = attempt.resume ? deps.cursor() : null;
  return new Promise((resolve) => {
    let done = false;
    let told = false;
    let isOpen = false;
    const finish = (end: End): void => {
      if (done) return;
      done = true;
      silence.stop();
      stopWatch();
      pipe.close();
      resolve(end);
    };
    const ask = (): void => pipe.send(PING);
    const onText = (text: string): void => {
      if (done) return;
      const isFirst = !told;
      told = true;
      silence.heard();
      const frames = framesOf(text);
      if (deps.onFrames(frames) === "gap") return finish("gap");
      wish.heard(frames);
      if (isFirst) attempt.onHeard();
    };
    // A resumed stream may have nothing to tell: the answer to a ping then shows that it lives.
    const onOpen = (): void => {
      isOpen = true;
      if (cursor) ask();
      wish.calls(wants.calls);
    };
    wants.onChange = () => {
      if (by === "events") finish("again");
      else if (isOpen) wish.calls(wants.calls);
    };
    const pipe = deps.open(
      { by, ticket, cursor, calls: wants.calls },
      { onOpen, onText, onEnd: () => finish(told ? "lost" : "mute") },
    );
    const wish = createWish((text) => pipe.send(text));
    const silence = watchSilence(deps, ask, () => finish(told ? "lost" : "mute"));
    const stopWatch = watchForSocket(deps, attempt, () => finish("socket"));
    signal.addEventListener("abort", () => finish("closed"), { once: true });
  });
}

/** One connection from its ticket to its end. */
export async function connectOnce(deps: ConnectionDeps, attempt: Attempt): Promise<End> {
  try {
    const ticket = await deps.ticket();
    return attempt.signal.aborted ? "closed" : await spendTicket(deps, ticket, attempt);
  } catch (error) {
    return deps.isSignedOut(error) ? "signed_out" : "no_ticket";
  }
}
