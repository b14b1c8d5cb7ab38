// Is the stream alive, and when is it tried again? One socket at a time, a new ticket for each, and a bounded wait between.
// It reads no frame's meaning: the owner says whether a batch left a gap. Time and chance come from outside.
import type { Frame } from "../../../src/contract/event.ts";

export type Phase =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `since` and `nextTryAt` are the browser's wall time; `nextTryAt` is null while a try is under way. */
  | { readonly kind: "lost"; readonly since: number; readonly nextTryAt: number | null }
  | { readonly kind: "signed_out" };

/** Where to take up the stream again. */
export interface Cursor {
  readonly epoch: string;
  readonly after: number;
}

export interface Pipe {
  send(text: string): void;
  close(): void;
}

export interface PipeEvents {
  onOpen(): void;
  onText(text: string): void;
  /** At most once, for whatever reason. */
  onEnd(): void;
}

export interface SocketDeps {
  /** A single-use ticket; rejects when the gateway refuses or does not answer. */
  ticket(): Promise<string>;
  isSignedOut(error: unknown): boolean;
  open(ticket: string, cursor: Cursor | null, events: PipeEvents): Pipe;
  /** Null when there is nothing to take up. */
  cursor(): Cursor | null;
  onFrames(frames: readonly Frame[]): "applied" | "gap";
  onPhase(phase: Phase): void;
  now(): number;
  random(): number;
  after(ms: number, fn: () => void): () => void;
}

export interface LiveSocket {
  /** Tries at once if it was waiting: the browser came back online, or the page into view. */
  wake(): void;
  close(): void;
}

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;
/** Silence after which the gateway is asked for a sign of life, and after which the socket is given up. */
const QUIET_MS = 15_000;
const ANSWER_MS = 10_000;
const PING = '{"action":"ping"}';

/** Wait before try number `attempt` (from 0), milliseconds, with up to a fifth more or less. */
export const waitMs = (attempt: number, random: number): number =>
  Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)) * (0.8 + 0.4 * random);

function framesOf(text: string): readonly Frame[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const list = Array.isArray(parsed) ? parsed : [parsed];
    return list.filter((frame) => typeof frame?.type === "string") as Frame[];
  } catch {
    return [];
  }
}

type End = "lost" | "gap" | "signed_out" | "closed";

interface Attempt {
  readonly resume: boolean;
  readonly signal: AbortSignal;
  /** Called once, when the first frames of this socket have been taken. */
  onHeard(): void;
}

/** Gives a silent socket up: asks for a sign of life first. Returns what to call when something was heard, and the stop. */
function watchSilence(deps: SocketDeps, ask: () => void, giveUp: () => void) {
  let cancel = (): void => {};
  const heard = (): void => {
    cancel();
    cancel = deps.after(QUIET_MS, () => {
      ask();
      cancel = deps.after(ANSWER_MS, giveUp);
    });
  };
  return { heard, stop: () => cancel() };
}

/** One socket from its opening to its end. */
function spendTicket(deps: SocketDeps, ticket: string, attempt: Attempt): Promise<End> {
  return new Promise((resolve) => {
    let done = false;
    let told = false;
    const cursor = attempt.resume ? deps.cursor() : null;
    const finish = (end: End): void => {
      if (done) return;
      done = true;
      silence.stop();
      pipe.close();
      resolve(end);
    };
    const ask = (): void => pipe.send(PING);
    const onText = (text: string): void => {
      if (done) return;
      silence.heard();
      if (deps.onFrames(framesOf(text)) === "gap") finish("gap");
      else if (!told) attempt.onHeard();
      told = true;
    };
    const silence = watchSilence(deps, ask, () => finish("lost"));
    // A resumed stream may have nothing to tell: the answer to a ping then shows that it lives.
    const onOpen = (): void => (cursor ? ask() : undefined);
    const pipe = deps.open(ticket, cursor, { onOpen, onText, onEnd: () => finish("lost") });
    silence.heard();
    attempt.signal.addEventListener("abort", () => finish("closed"), { once: true });
  });
}

async function connectOnce(deps: SocketDeps, attempt: Attempt): Promise<End> {
  try {
    const ticket = await deps.ticket();
    return attempt.signal.aborted ? "closed" : await spendTicket(deps, ticket, attempt);
  } catch (error) {
    return deps.isSignedOut(error) ? "signed_out" : "lost";
  }
}

async function stay(deps: SocketDeps, signal: AbortSignal, pause: (ms: number) => Promise<void>): Promise<void> {
  let lostAt: number | null = null;
  let attempt = 0;
  let gaps = 0;
  const onHeard = (): void => {
    lostAt = null;
    attempt = 0;
    deps.onPhase({ kind: "live" });
  };
  while (!signal.aborted) {
    deps.onPhase(lostAt === null ? { kind: "connecting" } : { kind: "lost", since: lostAt, nextTryAt: null });
    // A second gap in a row means that the replay cannot fill it: then a snapshot is asked for.
    const end = await connectOnce(deps, { resume: gaps < 2, signal, onHeard });
    if (signal.aborted || end === "closed") return;
    if (end === "signed_out") return deps.onPhase({ kind: "signed_out" });
    gaps = end === "gap" ? gaps + 1 : 0;
    lostAt ??= deps.now();
    const wait = waitMs(attempt++, deps.random());
    deps.onPhase({ kind: "lost", since: lostAt, nextTryAt: deps.now() + wait });
    await pause(wait);
  }
}

/** Starts at once and stays until `close`, or until the gateway says that the person is signed out. */
export function openLiveSocket(deps: SocketDeps): LiveSocket {
  const life = new AbortController();
  let wake = (): void => {};
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = deps.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  void stay(deps, life.signal, pause);
  return {
    wake: () => wake(),
    close() {
      life.abort();
      wake();
    },
  };
}
