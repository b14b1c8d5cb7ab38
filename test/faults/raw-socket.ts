// How does a test send bytes that no HTTP client would send, and see all that comes back? One TCP connection by hand.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Heard {
  readonly text: string;
  /** HTTP statuses of all answers, in order. */
  readonly statuses: readonly number[];
  /** Whether the other side ended the connection. */
  readonly closed: boolean;
  /** Milliseconds from the connect to its end, or until now. */
  readonly tookMs: number;
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/gm;

export async function openRaw(url: string): Promise<{ socket: Socket; heard: () => Heard }> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const openedAt = performance.now();
  let text = "";
  let closedAt: number | undefined;
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  socket.on("close", () => (closedAt = performance.now()));
  await once(socket, "connect");
  const heard = (): Heard => ({
    text,
    statuses: [...text.matchAll(STATUS_LINE)].map(([, status]) => Number(status)),
    closed: closedAt !== undefined,
    tookMs: (closedAt ?? performance.now()) - openedAt,
  });
  return { socket, heard };
}

const PATIENCE_MS = 3_000;

/** Sends the bytes and waits until the connection is closed, or an answer has been there for a moment. */
export async function exchangeRaw(url: string, bytes: string | Buffer): Promise<Heard> {
  const { socket, heard } = await openRaw(url);
  socket.write(bytes);
  const endsAt = performance.now() + PATIENCE_MS;
  let answeredAt: number | undefined;
  while (!heard().closed && performance.now() < endsAt) {
    if (heard().statuses.length > 0) answeredAt ??= performance.now();
    if (answeredAt !== undefined && performance.now() - answeredAt > 100) break;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  const last = heard();
  socket.destroy();
  return last;
}
