// How does a PostgreSQL client reach the database in this process? A small server on a unix socket, one client at a time;
// others wait in a short line. Knows no SQL and keeps nothing between clients.
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createConversation, type Session } from "./conversation.ts";
import { fatalMessage } from "./frames.ts";

export interface Wire {
  /** Stops listening and hangs up on every client. */
  close(): void;
}

const MAX_LINE = 5;

/**
 * Listens on `path`. The caller sees to it that only this user can enter its folder.
 * `onBroken` is called when the session itself fails; nothing can be served after that.
 */
export async function openWire(path: string, session: Session, onBroken: (error: unknown) => void): Promise<Wire> {
  const line: Socket[] = [];
  const serveLine = async (): Promise<void> => {
    for (let socket = line[0]; socket !== undefined; socket = line[0]) {
      await serveClient(socket, session);
      line.shift();
    }
  };
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    if (line.length === MAX_LINE)
      socket.end(fatalMessage("53300", "the embedded database serves one client at a time"));
    else if (line.push(socket) === 1) serveLine().catch(onBroken);
  });
  rmSync(path, { force: true });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close() {
      server.close();
      for (const socket of line) socket.destroy();
    },
  };
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });

async function serveClient(socket: Socket, session: Session): Promise<void> {
  const conversation = createConversation(session);
  for await (const chunk of chunksOf(socket)) {
    const step = await conversation.take(chunk);
    for (const answer of step.answers) socket.write(answer);
    if (step.ends) break;
    if (conversation.idle) await session.rest(step.bytes);
  }
  socket.destroy();
  await conversation.finish();
}

/** A client that vanishes is an ordinary end; only the session's own failures may pass through `serveClient`. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch(() => null);
    if (next === null || next.done === true) return;
    yield next.value;
  }
}
