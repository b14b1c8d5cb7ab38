// How does a process of the benchmark say that it listens, and how does it end with its parent?
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** The first message of every server of the benchmark: one base URL per listener, without a path. */
export interface Listening {
  readonly urls: readonly string[];
}

/** Listens on a free port of the loopback interface and answers the base URL. */
export function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = 120_000;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** Tells the parent over IPC, or a person on standard output. The process ends when the parent goes away. */
export function announce(urls: readonly string[]): void {
  const message: Listening = { urls };
  if (process.send === undefined) console.log(JSON.stringify(message));
  else process.send(message);
  process.once("disconnect", () => process.exit(0));
}
