// How does the gateway's one HTTP listener open and close? Everything it serves is handed in or lives beside this file.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault } from "#contract/fault.ts";
import { sleep, type World } from "#lib/world.ts";
import { openApp } from "./app.ts";
import type { HttpSettings, PeopleDeps } from "./deps.ts";
import { createListener } from "./listener.ts";
import { createSockets } from "./sockets.ts";

export interface OpenHttp {
  /** Without a trailing slash; a wildcard address is shown as loopback. */
  readonly url: string;
  readonly port: number;
  /** Accepts nothing new, lets running answers finish for at most `graceMs`, then ends what is left. */
  close(graceMs: number): Promise<void>;
}

/** Opens the listener. Throws Fault PORT_IN_USE, or USAGE for an address that cannot be bound. */
export async function openHttp(deps: PeopleDeps, settings: HttpSettings): Promise<OpenHttp> {
  const sockets = createSockets(deps, settings.live);
  let listener: Server | undefined;
  const app = await openApp(deps, {
    dashboardDir: settings.dashboardDir,
    recheckSockets: sockets.recheck,
    serverFactory(people) {
      listener = createListener({ front: deps.front, people, upgrade: sockets.upgrade });
      return listener;
    },
  });
  const server = listener as unknown as Server;
  try {
    await listen(server, settings);
  } catch (error) {
    await app.close();
    throw error;
  }
  // For example no file descriptor left for one more connection; the listener itself goes on.
  server.on("error", (err) => deps.log.error({ err }, "The HTTP listener failed to accept a connection"));
  const { port } = server.address() as AddressInfo;
  deps.access.listening(port);
  return {
    url: urlOf(settings.host, port),
    port,
    async close(graceMs) {
      sockets.close();
      await closeListener(server, deps.world, graceMs);
      sockets.terminate();
      await app.close();
    },
  };
}

function urlOf(host: string, port: number): string {
  if (host === "0.0.0.0") return `http://127.0.0.1:${port}`;
  if (host === "::") return `http://[::1]:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listen(server: Server, { host, port }: HttpSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenFault(error, host, port)));
    server.listen({ host, port }, resolve);
  });
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Fault {
  const where = `${host}:${port}`;
  if (error.code === "EADDRINUSE") {
    const advice = "Stop the process that holds it, or choose another with --port (0 takes any free one).";
    return new Fault("PORT_IN_USE", `Another process listens on ${where}. ${advice}`, { cause: error });
  }
  const advice = "Check --host and --port.";
  return new Fault("USAGE", `The gateway cannot listen on ${where} (${error.code ?? error.message}). ${advice}`, {
    cause: error,
  });
}

// Node ends idle connections when it stops listening; those that become idle later would stay until their timeout.
async function closeListener(server: Server, world: World, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const until = world.now() + graceMs;
  let open = true;
  while (open && world.now() < until) {
    server.closeIdleConnections();
    open = await Promise.race([closed.then(() => false), sleep(world, 50).then(() => true)]);
  }
  server.closeAllConnections();
}
