// What is one connection to the stream, over WebSocket and as server-sent events? Text in, and its end; a socket also takes text.
import type { Carrier } from "./way.ts";
import { WITH_CALLS } from "./wish.ts";

/** Where to take up the stream again. */
export interface Cursor {
  readonly epoch: string;
  readonly after: number;
}

export interface Opening {
  readonly by: Carrier;
  /** Single-use. */
  readonly ticket: string;
  /** Null for a snapshot. */
  readonly cursor: Cursor | null;
  /** Finished calls too: said in the address, where nothing can be said later. */
  readonly calls: boolean;
}

export interface Pipe {
  /** Over WebSocket only; else it is lost. */
  send(text: string): void;
  close(): void;
}

export interface PipeEvents {
  onOpen(): void;
  onText(text: string): void;
  /** At most once, for whatever reason. */
  onEnd(): void;
}

function queryOf({ ticket, cursor, calls, by }: Opening): URLSearchParams {
  const query = new URLSearchParams({ ticket });
  if (cursor) {
    query.set("epoch", cursor.epoch);
    query.set("after", String(cursor.after));
  }
  if (calls && by === "events") query.set("event_types", WITH_CALLS.join(","));
  return query;
}

function openSocket(query: URLSearchParams, events: PipeEvents): Pipe {
  const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws?${query}`);
  socket.onopen = events.onOpen;
  socket.onmessage = (message) => events.onText(String(message.data));
  socket.onclose = events.onEnd;
  return {
    send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    close: () => socket.close(),
  };
}

function openEvents(query: URLSearchParams, events: PipeEvents): Pipe {
  const source = new EventSource(`/api/live?${query}`);
  source.onopen = events.onOpen;
  source.onmessage = (message) => events.onText(String(message.data));
  // By itself it would come again with the same ticket, which is spent.
  source.onerror = () => {
    source.close();
    events.onEnd();
  };
  return { send: () => {}, close: () => source.close() };
}

/** Opens the browser's connection to the gateway that this page came from. */
export const openPipe = (opening: Opening, events: PipeEvents): Pipe =>
  (opening.by === "websocket" ? openSocket : openEvents)(queryOf(opening), events);
