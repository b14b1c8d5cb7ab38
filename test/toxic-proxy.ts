// What can a network do wrong between a gateway and a server? A TCP proxy with toxics that are switched while it runs, one way
// or both. It never looks into the bytes.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Stream, type Toxics, WELL } from "./toxic-stream.ts";

/** `up`: from the gateway to the server; `down`: back. */
export type Direction = "up" | "down";

export interface ToxicProxy {
  readonly port: number;
  /** The same address, through this proxy. */
  through(url: string): string;
  /** Replaces the toxics of a direction, or of both, for connections open now and to come. */
  set(toxics: Toxics, direction?: Direction): void;
  /** Takes all toxics away. */
  cure(): void;
  /** Resets every open connection. */
  resetAll(): void;
  /** Stops listening and closes what is open: connections are refused. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Connections open now. */
  readonly open: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  close(): Promise<void>;
}

/** Opens a proxy on a free loopback port in front of another port of this machine. */
export async function openToxicProxy(targetPort: number): Promise<ToxicProxy> {
  const toxics: Record<Direction, Toxics> = { up: WELL, down: WELL };
  const pairs = new Set<Pair>();
  let accepted = 0;
  const accept = (near: Socket): void => {
    accepted += 1;
    const pair = new Pair(near, targetPort, toxics);
    pairs.add(pair);
    pair.onClosed = () => pairs.delete(pair);
  };
  let server: Server | undefined;
  const listen = async (port: number): Promise<number> => {
    server = createServer({ allowHalfOpen: true, noDelay: true }, accept).listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  const stop = async (): Promise<void> => {
    const listening = server;
    server = undefined;
    for (const pair of pairs) pair.destroy();
    if (listening === undefined) return;
    const closed = once(listening, "close");
    listening.close();
    await closed;
  };
  const port = await listen(0);
  return {
    port,
    through(url) {
      const changed = new URL(url);
      changed.port = String(port);
      return changed.href;
    },
    set(wanted, direction) {
      for (const way of direction === undefined ? (["up", "down"] as const) : [direction]) toxics[way] = wanted;
      for (const pair of pairs) pair.wake();
    },
    cure() {
      toxics.up = WELL;
      toxics.down = WELL;
      for (const pair of pairs) pair.wake();
    },
    resetAll() {
      for (const pair of pairs) pair.reset();
    },
    down: stop,
    async up() {
      if (server === undefined) await listen(port);
    },
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    close: stop,
  };
}

/** One connection through the proxy: two sockets and a stream each way. */
class Pair {
  onClosed = (): void => {};
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #streams: readonly Stream[];

  constructor(near: Socket, targetPort: number, toxics: Readonly<Record<Direction, Toxics>>) {
    this.#near = near;
    this.#far = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const reset = (): void => this.reset();
    this.#streams = [
      new Stream({ from: near, to: this.#far, toxics: () => toxics.up, reset }),
      new Stream({ from: this.#far, to: near, toxics: () => toxics.down, reset }),
    ];
    for (const [socket, other] of [
      [near, this.#far],
      [this.#far, near],
    ] as const) {
      socket.on("error", reset);
      socket.on("close", () => this.#closed(socket, other));
    }
  }

  /** The toxics have changed. */
  wake(): void {
    for (const stream of this.#streams) stream.wake();
  }

  reset(): void {
    this.#far.destroy();
    if (isSendingEnd(this.#near)) setImmediate(() => this.reset());
    else this.#near.resetAndDestroy();
  }

  destroy(): void {
    this.#near.destroy();
    this.#far.destroy();
  }

  // What a side that said goodbye has sent before may still be on its way.
  #closed(socket: Socket, other: Socket): void {
    if (!socket.readableEnded) other.destroySoon();
    if (!this.#near.destroyed || !this.#far.destroyed) return;
    for (const stream of this.#streams) stream.stop();
    this.onClosed();
  }
}

/**
 * Node (24 and before) fails to reset a socket while its end is being sent, a turn or two: EINVAL, and a handle that Node takes
 * for closing and never closes. A process with such a handle spins for ever after its `exit` event.
 */
const isSendingEnd = ({ destroyed, writableEnded, writableFinished, writableLength }: Socket): boolean =>
  !destroyed && writableEnded && !writableFinished && writableLength === 0;
