// What does the page know right now? Joins the socket, the reducer and React; one store for the whole page.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Frame } from "../../../src/contract/event.ts";
import { api, isSignedOut } from "../api.ts";
import { type Cursor, openLiveSocket, type Phase, type Pipe, type PipeEvents } from "./socket.ts";
import { apply, INITIAL, type LiveState, resumed } from "./state.ts";

export interface Live {
  readonly state: LiveState;
  readonly phase: Phase;
}

/** Opens the browser's socket at `/ws` with a ticket, and the place to resume from. */
function openPipe(ticket: string, cursor: Cursor | null, events: PipeEvents): Pipe {
  const query = new URLSearchParams({ ticket });
  if (cursor) {
    query.set("epoch", cursor.epoch);
    query.set("after", String(cursor.after));
  }
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws?${query}`);
  socket.onopen = events.onOpen;
  socket.onmessage = (message) => events.onText(String(message.data));
  socket.onclose = events.onEnd;
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    close: () => socket.close(),
  };
}

function createStore() {
  let live: Live = { state: INITIAL, phase: { kind: "connecting" } };
  const listeners = new Set<() => void>();
  const set = (next: Live): void => {
    live = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => live,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    resume: () => set({ ...live, state: resumed(live.state) }),
    onPhase: (phase: Phase) => set({ ...live, phase }),
    onFrames: (frames: readonly Frame[]): "applied" | "gap" => {
      const receivedAt = Date.now();
      set({ ...live, state: frames.reduce((state, frame) => apply(state, frame, receivedAt), live.state) });
      return live.state.gap ? "gap" : "applied";
    },
    cursor: (): Cursor | null => {
      const { seq, epoch } = live.state;
      return seq === null || epoch === null ? null : { epoch, after: seq };
    },
  };
}

function connect(store: ReturnType<typeof createStore>): () => void {
  const socket = openLiveSocket({
    ticket: async () => (await api("POST /api/tickets")).ticket,
    isSignedOut,
    open: (ticket, cursor, events) => {
      store.resume();
      return openPipe(ticket, cursor, events);
    },
    cursor: store.cursor,
    onFrames: store.onFrames,
    onPhase: store.onPhase,
    now: () => Date.now(),
    random: () => Math.random(),
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
  });
  const wake = (): void => {
    if (document.visibilityState === "visible") socket.wake();
  };
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", wake);
  return () => {
    removeEventListener("online", wake);
    document.removeEventListener("visibilitychange", wake);
    socket.close();
  };
}

/** Live state while mounted. */
export function useLive(): Live {
  const [store] = useState(createStore);
  useEffect(() => connect(store), [store]);
  return useSyncExternalStore(store.subscribe, store.get);
}
