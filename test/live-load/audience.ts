// Who are the many in tests of load? A process full of sockets: all count what they get, some also look at when it was sent.
import { connect } from "node:net";
import { WebSocket } from "ws";
import type { Frame } from "#contract/event.ts";
import { openLiveSocket } from "../live-socket.ts";

export type Order =
  | { readonly do: "open"; readonly port: number; readonly token: string; readonly sockets: number }
  | { readonly do: "open one that never reads"; readonly port: number; readonly token: string }
  | { readonly do: "count" }
  | { readonly do: "report" };

export interface Report {
  readonly open: number;
  /** Bytes since the count began: of the socket that got least, and of the one that got most. */
  readonly fewestBytes: number;
  readonly mostBytes: number;
  /** Events that each of the samples was told of, the fewest and the most. */
  readonly fewestEvents: number;
  readonly mostEvents: number;
  /** Milliseconds from the event to its arrival, over all samples. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
}

/** Every so many sockets one is a sample. */
const SAMPLE = 50;
const AT_ONCE = 50;

interface Listener {
  readonly isSample: boolean;
  bytes: number;
  events: number;
}

const listeners = new Map<WebSocket, Listener>();
let asked = 0;
let latencies: number[] = [];

const answer = (about: Order["do"] | "start", message: object): void => {
  process.send?.({ about, ...message });
};

function read(listener: Listener, data: Buffer): void {
  listener.bytes += data.length;
  if (!listener.isSample) return;
  const now = Date.now();
  for (const { seq, ts } of [JSON.parse(data.toString()) as Frame | Frame[]].flat()) {
    if (seq === undefined) continue;
    listener.events++;
    latencies.push(now - ts);
  }
}

async function openOne(port: number, token: string): Promise<void> {
  const first = Promise.withResolvers<void>();
  const listener: Listener = { isSample: ++asked % SAMPLE === 0, bytes: 0, events: 0 };
  const socket = await openLiveSocket({
    url: `http://127.0.0.1:${port}`,
    headers: { authorization: `Bearer ${token}` },
    onMessage(data) {
      read(listener, data as Buffer);
      first.resolve();
    },
  });
  socket.on("error", () => {});
  listeners.set(socket, listener);
  await first.promise;
}

async function open({ port, token, sockets }: { port: number; token: string; sockets: number }): Promise<void> {
  for (let opened = 0; opened < sockets; opened += AT_ONCE) {
    const batch = Math.min(AT_ONCE, sockets - opened);
    await Promise.all(Array.from({ length: batch }, () => openOne(port, token)));
  }
  answer("open", {});
}

function openUnread(port: number, token: string): void {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\n` +
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    () => answer("open one that never reads", {}),
  );
  socket.pause();
}

function count(): void {
  latencies = [];
  for (const listener of listeners.values()) Object.assign(listener, { bytes: 0, events: 0 });
  answer("count", {});
}

function report(): Report {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const all = [...listeners.values()];
  const bytes = all.map((listener) => listener.bytes);
  const events = all.filter(({ isSample }) => isSample).map((listener) => listener.events);
  return {
    open: [...listeners.keys()].filter(({ readyState }) => readyState === WebSocket.OPEN).length,
    fewestBytes: Math.min(...bytes),
    mostBytes: Math.max(...bytes),
    fewestEvents: Math.min(...events),
    mostEvents: Math.max(...events),
    latency: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}

process.on("message", (order: Order) => {
  if (order.do === "open") void open(order);
  else if (order.do === "count") count();
  else if (order.do === "report") answer("report", report());
  else openUnread(order.port, order.token);
});
process.on("disconnect", () => process.exit(0));
answer("start", {});
