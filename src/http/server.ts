// How does the gateway's one HTTP listener open and close? Everything it serves is handed in or lives beside this file.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault } from "#contract/fault.ts";
import { fileLimit } from "#lib/pressure.ts";
import type { Cancel, World } from "#lib/world.ts";
import { limitConnections } from "./accept-limit.ts";
import { openApp } from "./app.ts";
import type { HttpSettings, PeopleDeps } from "./deps.ts";
import { createListener } from "./listener.ts";
import { createSockets } from "./sockets.ts";

export interface OpenHttp {
  /** Without a trailing slash; a wildcard address is shown as loopback. */
  readonly url: string;
  readonly port: number;
  /** Says goodbye to live sockets and closes idle connections from now on; requests are still answered. */
  drain(): void;
  /** Accepts nothing new, lets running answers finish for at most `graceMs`, then ends what is left. */
  close(graceMs: number): Promise<void>;
}

/** How long a live socket may take to answer the goodbye. */
const GOODBYE_MS = 1_000;
const IDLE_LOOK_MS = 50;

/** Opens the listener. Throws Fault PORT_IN_USE, or USAGE for an address that cannot be bound. */
export async function openHttp(deps: PeopleDeps, settings: HttpSettings): Promise<OpenHttp> {
  const sockets = createSockets(deps, settings.live);
  const keepsAlive = (): boolean => deps.admission.keepsAlive();
  let listener: Server | undefined;
  const app = await openApp(deps, {
    dashboardDir: settings.dashboardDir,
    recheckSockets: sockets.recheck,
    serverFactory(people) {
      listener = createListener({
        front: deps.front,
        people,
        live: sockets.stream,
        upgrade: sockets.upgrade,
        keepsAlive,
      });
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
  limitConnections(server, { limit: fileLimit(), world: deps.world, log: deps.log });
  const { port } = server.address() as AddressInfo;
  deps.access.listening(port);
  let stopClosingIdle: Cancel | undefined;
  const drain = (): void => {
    if (stopClosingIdle !== undefined) return;
    sockets.close();
    stopClosingIdle = closeIdle(server, deps.world);
  };
  return {
    url: urlOf(settings.host, port),
    port,
    drain,
    async close(graceMs) {
      drain();
      const cancelGoodbye = deps.world.after(GOODBYE_MS, sockets.terminate);
      await closeListener(server, deps.world, graceMs);
      stopClosingIdle?.();
      cancelGoodbye();
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

async function closeListener(server: Server, world: World, graceMs: number): Promise<void> {
  const over = Promise.withResolvers<void>();
  server.close(() => over.resolve());
  const cancel = world.after(graceMs, over.resolve);
  await over.promise;
  cancel();
  server.closeAllConnections();
}

// Connections that become idle after the first look would stay until their timeout.
function closeIdle(server: Server, world: World): Cancel {
  let cancel: Cancel = () => {};
  const look = (): void => {
    server.closeIdleConnections();
    cancel = world.after(IDLE_LOOK_MS, look);
  };
  look();
  return () => cancel();
}
