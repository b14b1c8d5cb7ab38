// How many connections may be open at once? Half of the files that this process may open: the rest is for servers, the
// database and itself. What comes beyond is closed unread; idle connections make room for it.
import type { Server } from "node:http";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";

export interface AcceptLimitDeps {
  /** Files that this process may open; null where the system does not tell: then there is no limit. */
  readonly limit: number | null;
  readonly world: World;
  readonly log: Log;
}

/** Refusals within so many milliseconds are one episode: one warning, and one line when it is over. */
const EPISODE_MS = 2_000;

export function limitConnections(server: Server, { limit, world, log }: AcceptLimitDeps): void {
  if (limit === null) return;
  const connections = Math.floor(limit / 2);
  server.maxConnections = connections;
  let refused = 0;
  let lastAt = 0;
  const judge = (): void => {
    const quietMs = world.now() - lastAt;
    if (quietMs < EPISODE_MS) {
      world.after(EPISODE_MS - quietMs, judge);
      return;
    }
    log.info({ refused, connections }, "New connections are accepted again");
    refused = 0;
  };
  server.on("drop", () => {
    lastAt = world.now();
    refused++;
    if (refused > 1) return;
    // Those between two requests are no work; who held them opens another.
    server.closeIdleConnections();
    log.warn(
      { connections, fileLimit: limit },
      `New connections are refused: ${connections} are open, half of the files that this process may open`,
    );
    world.after(EPISODE_MS, judge);
  });
}
