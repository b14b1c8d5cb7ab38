// What does the page know right now? Joins the socket, the reducer and React; one store for the whole page.
import { useEffect, useState, useSyncExternalStore } from "react";
import type { Frame } from "../../../src/contract/event.ts";
import { api, isSignedOut } from "../api.ts";
import { type CallFeed, createCallFeed } from "./call-feed.ts";
import { type Cursor, openPipe } from "./pipe.ts";
import { openLiveSocket, type Phase } from "./socket.ts";
import { apply, INITIAL, type LiveState, resumed } from "./state.ts";

export interface Live {
  readonly state: LiveState;
  readonly phase: Phase;
}

/** What joins the feed of calls to the connection of the moment. */
interface Wish {
  calls: boolean;
  onChange: (calls: boolean) => void;
}

function createStore() {
  let live: Live = { state: INITIAL, phase: { kind: "connecting" } };
  const listeners = new Set<() => void>();
  const wish: Wish = { calls: false, onChange: () => {} };
  const feed = createCallFeed((calls) => {
    wish.calls = calls;
    wish.onChange(calls);
  });
  const set = (next: Live): void => {
    live = next;
    for (const listener of listeners) listener();
  };
  return {
    wish,
    feed: feed as CallFeed,
    get: () => live,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    resume: () => set({ ...live, state: resumed(live.state) }),
    onPhase: (phase: Phase) => {
      set({ ...live, phase });
      if (phase.kind === "live") feed.missed();
    },
    onFrames: (frames: readonly Frame[]): "applied" | "gap" => {
      const receivedAt = Date.now();
      const state = frames.reduce((now, frame) => apply(now, frame, receivedAt), live.state);
      if (state !== live.state) set({ ...live, state });
      const calls = frames.flatMap((frame) => (frame.type === "call_finished" ? frame.data : []));
      if (calls.length > 0) feed.tell(calls);
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
    open: (opening, events) => {
      store.resume();
      return openPipe(opening, events);
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
  socket.calls(store.wish.calls);
  store.wish.onChange = socket.calls;
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

/** Live state while mounted, and the feed of finished calls. */
export function useLive(): Live & { readonly feed: CallFeed } {
  const [store] = useState(createStore);
  useEffect(() => connect(store), [store]);
  return { ...useSyncExternalStore(store.subscribe, store.get), feed: store.feed };
}
