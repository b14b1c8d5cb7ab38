// Which log level is asked of each upstream? The most verbose that any client has asked for; clients' own filters do the rest.
import { LOG_LEVELS, type LogLevel } from "#mcp/protocol.ts";
import type { Catalog, View } from "#upstream/catalog.ts";

export interface LogLevelDeps {
  readonly catalog: Catalog;
  /** Sends logging/setLevel to a connected legacy upstream; does nothing for others. Rejections are ignored. */
  readonly send: (server: string, level: LogLevel) => Promise<unknown>;
}

export class LogLevels {
  readonly #deps: LogLevelDeps;
  readonly #wanted = new Map<string, LogLevel>();

  constructor(deps: LogLevelDeps) {
    this.#deps = deps;
  }

  /** Resolves when every server of the view was asked, whatever it answered. */
  async want(view: View, level: LogLevel): Promise<void> {
    const servers = view === null ? this.#deps.catalog.servers() : [view];
    await Promise.all(servers.map((server) => this.#raise(server, level)));
  }

  /** A new link starts at the server's own default: ask again. */
  reapply(server: string): void {
    const level = this.#wanted.get(server);
    if (level !== undefined) void this.#deps.send(server, level).catch(() => {});
  }

  async #raise(server: string, level: LogLevel): Promise<void> {
    if (this.#deps.catalog.snapshot(server)?.capabilities.logging === undefined) return;
    const present = this.#wanted.get(server);
    if (present !== undefined && LOG_LEVELS.indexOf(present) <= LOG_LEVELS.indexOf(level)) return;
    this.#wanted.set(server, level);
    await this.#deps.send(server, level).catch(() => {});
  }
}
