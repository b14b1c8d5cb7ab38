// How do tests of this room get a real request and response? One listener on a free port; each test says what it answers.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface Listening {
  readonly url: string;
  readonly port: number;
  close(): void;
}

export async function listen(answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<Listening> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A connection whose every byte the test writes itself; `heard` is what came back so far. */
export interface Talk {
  readonly socket: Socket;
  heard: string;
}

export function talkTo(port: number): Talk {
  const socket = connect(port, "127.0.0.1");
  const talk: Talk = { socket, heard: "" };
  socket.on("data", (chunk) => {
    talk.heard += chunk;
  });
  socket.on("error", () => {});
  return talk;
}

/** Resolves once `look` says true; whoever never says it runs into the test's own time limit. */
export async function until(look: () => boolean): Promise<void> {
  while (!look()) await new Promise((wake) => setTimeout(wake, 5));
}
