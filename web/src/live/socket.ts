// Is the stream alive, and when and by which way is it tried again? One connection at a time, a new ticket for each, and a
// bounded wait between. It reads no frame's meaning: the owner says whether a batch left a gap. Time and chance come from outside.
import { type ConnectionDeps, connectOnce, type End, type Wants } from "./attempt.ts";
import { type Carrier, FIRST_WAY, type Way, wayAfter } from "./way.ts";

export type Phase =
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly by: Carrier }
  /** `since` and `nextTryAt` are the browser's wall time; `nextTryAt` is null while a try is under way. */
  | { readonly kind: "lost"; readonly since: number; readonly nextTryAt: number | null }
  | { readonly kind: "signed_out" };

export interface SocketDeps extends ConnectionDeps {
  onPhase(phase: Phase): void;
  now(): number;
  random(): number;
}

export interface LiveSocket {
  /** Tries at once if it was waiting: the browser came back online, or the page into view. */
  wake(): void;
  /** Whether finished calls are wanted from now on. At first they are not. */
  calls(wanted: boolean): void;
  close(): void;
}

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;
/** How often a socket is tried while server-sent events come instead, milliseconds. */
const SOCKET_AGAIN_MS = 300_000;

/** Wait before try number `attempt` (from 0), milliseconds, with up to a fifth more or less. */
export const waitMs = (attempt: number, random: number): number =>
  Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10)) * (0.8 + 0.4 * random);

/** The way of the next try. */
function nextWay(way: Way, end: End): Way {
  if (end === "socket") return FIRST_WAY;
  return end === "no_ticket" || end === "again" ? way : wayAfter(way, end !== "mute");
}

interface Life {
  readonly signal: AbortSignal;
  readonly wants: Wants;
  pause(ms: number): Promise<void>;
}

async function stay(deps: SocketDeps, { signal, wants, pause }: Life): Promise<void> {
  let way = FIRST_WAY;
  let lostAt: number | null = null;
  let isLive = false;
  let attempt = 0;
  let gaps = 0;
  let socketTriedAt = deps.now();
  const onSocketTried = (): void => {
    socketTriedAt = deps.now();
  };
  while (!signal.aborted) {
    const { by } = way;
    if (by === "websocket") onSocketTried();
    if (!isLive)
      deps.onPhase(lostAt === null ? { kind: "connecting" } : { kind: "lost", since: lostAt, nextTryAt: null });
    const onHeard = (): void => {
      lostAt = null;
      isLive = true;
      attempt = 0;
      deps.onPhase({ kind: "live", by });
    };
    const socketDueMs = Math.max(0, socketTriedAt + SOCKET_AGAIN_MS - deps.now());
    // A second gap in a row means that the replay cannot fill it: then a snapshot is asked for.
    const end = await connectOnce(deps, { by, resume: gaps < 2, signal, wants, socketDueMs, onSocketTried, onHeard });
    if (signal.aborted || end === "closed") return;
    if (end === "signed_out") return deps.onPhase({ kind: "signed_out" });
    way = nextWay(way, end);
    gaps = end === "gap" ? gaps + 1 : 0;
    if (end === "again" || end === "socket") continue;
    isLive = false;
    lostAt ??= deps.now();
    const wait = waitMs(attempt++, deps.random());
    deps.onPhase({ kind: "lost", since: lostAt, nextTryAt: deps.now() + wait });
    await pause(wait);
  }
}

/** Starts at once and stays until `close`, or until the gateway says that the person is signed out. */
export function openLiveSocket(deps: SocketDeps): LiveSocket {
  const life = new AbortController();
  const wants: Wants = { calls: false, onChange: () => {} };
  let wake = (): void => {};
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = deps.after(ms, resolve);
      wake = () => {
        cancel();
        resolve();
      };
    });
  void stay(deps, { signal: life.signal, wants, pause });
  return {
    wake: () => wake(),
    calls(wanted) {
      if (wants.calls === wanted) return;
      wants.calls = wanted;
      wants.onChange();
    },
    close() {
      life.abort();
      wake();
    },
  };
}
