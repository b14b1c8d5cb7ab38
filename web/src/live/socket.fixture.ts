// On what do the tests of the live connection run? A gateway whose connections and clock the test moves by hand.
import { setImmediate as turn } from "node:timers/promises";
import type { Opening, PipeEvents } from "./pipe.ts";
import { openLiveSocket, type Phase } from "./socket.ts";

export const SNAPSHOT = '[{"type":"initial_status"}]';

/** A gateway of one pipe at a time, and a clock that stands until it is moved. */
export function bench(options: { ticket?: () => Promise<string>; frames?: () => "applied" | "gap" } = {}) {
  const timers = new Map<number, { at: number; fn: () => void }>();
  const opened: (Opening & { events: PipeEvents; sent: string[]; closed: boolean })[] = [];
  const phases: Phase[] = [];
  let now = 1000;
  let ids = 0;
  const socket = openLiveSocket({
    ticket: options.ticket ?? (async () => `t${opened.length + 1}`),
    isSignedOut: (error) => error === 401,
    open(opening, events) {
      const pipe = { ...opening, events, sent: [] as string[], closed: false };
      opened.push(pipe);
      return {
        send: (text) => void pipe.sent.push(text),
        close: () => {
          pipe.closed = true;
        },
      };
    },
    cursor: () => (opened.length === 0 ? null : { epoch: "e", after: 7 }),
    onFrames: options.frames ?? (() => "applied"),
    onPhase: (phase) => void phases.push(phase),
    now: () => now,
    random: () => 0.5,
    after(ms, fn) {
      const id = ++ids;
      timers.set(id, { at: now + ms, fn });
      return () => void timers.delete(id);
    },
  });
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    for (const [id, timer] of timers)
      if (timer.at <= now) {
        timers.delete(id);
        timer.fn();
      }
    await turn();
  };
  return { socket, opened, phases, pass, kinds: () => phases.map((phase) => phase.kind) };
}
