// How does a link to a fake server come up, or fail to? In the steps of the real one: start, handshake, within the start's limit.
import { Fault } from "../../src/contract/fault.ts";
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { World } from "../../src/lib/world.ts";
import type { Connection, ConnectOptions } from "../../src/upstream/connection.ts";
import { FakeLink } from "./fake-link.ts";
import type { FakeServer } from "./fake-server.ts";

interface Attempt {
  readonly server: FakeServer;
  readonly definition: UpstreamDefinition;
  readonly options: ConnectOptions;
  readonly link: FakeLink;
  readonly succeed: () => void;
  /** The attempt is over; the rejection comes when nothing of it is left. */
  readonly fail: (fault: Fault) => void;
  readonly over: () => boolean;
}

export function fakeConnect(
  server: FakeServer,
  definition: UpstreamDefinition,
  { world, options }: { world: World; options: ConnectOptions },
): Promise<Connection> {
  const { watch, world: virtual, dice } = server.parts;
  watch.processes.connecting(server.name, definition);
  if (options.signal.aborted) return Promise.reject(options.signal.reason);
  const link = new FakeLink(server, definition, { world, options });
  options.events.onStarting({ stderrTail: () => [], kill: () => link.kill() });
  return new Promise((resolve, reject) => {
    const askedAt = virtual.now;
    let over = false;
    const end = (): boolean => {
      if (over) return false;
      over = true;
      cancelLimit();
      options.signal.removeEventListener("abort", onAbort);
      return true;
    };
    const fail = (fault: Fault): void => {
      if (!end()) return;
      watch.circuits.evidence(server.name, askedAt, false);
      void link.close().then(() => reject(fault));
    };
    const onAbort = (): void => fail(options.signal.reason as Fault);
    const { startTimeoutMs } = definition.health;
    const cancelLimit = world.after(startTimeoutMs, () =>
      fail(unreached(server.name, `no answer within ${startTimeoutMs} ms`)),
    );
    const succeed = (): void => {
      if (!end()) return;
      if (dice.chance(server.frailty)) link.lose();
      link.establish();
      watch.circuits.evidence(server.name, virtual.now, true);
      resolve(link);
    };
    options.signal.addEventListener("abort", onAbort, { once: true });
    const attempt = { server, definition, options, link, succeed, fail, over: () => over };
    const startMs = server.kind === "stdio" ? dice.between(30, 400) : dice.between(1, 10);
    virtual.outside(startMs, server.name, () => shake(attempt));
  });
}

/** The server has the first message in hand. */
function shake(attempt: Attempt): void {
  const { server, link, succeed, fail } = attempt;
  const { world, dice } = server.parts;
  if (attempt.over()) return;
  if (link.closeReason !== undefined) return fail(unreached(server.name, link.closeReason.message));
  const { trouble } = server;
  const ms = dice.between(3, 60);
  const later = (delayMs: number, run: () => void): void => void world.outside(delayMs, server.name, run);
  const finish = (): void =>
    link.closeReason === undefined ? succeed() : fail(unreached(server.name, link.closeReason.message));
  switch (trouble.kind) {
    case "none":
    case "dropping":
      return later(ms, finish);
    case "slow":
      return later(ms + trouble.ms, finish);
    case "hung":
      return server.freeze(() => later(ms, finish));
    case "down":
      return later(trouble.silent && server.kind !== "stdio" ? 5_000 : 1, () => {
        if (server.kind === "stdio") link.lose();
        fail(unreached(server.name, server.kind === "stdio" ? "process exited with code 1" : "connection refused"));
      });
    case "erring":
      return later(ms, () => (dice.chance(trouble.ratio) ? fail(unreached(server.name, "HTTP 500")) : finish()));
    case "refusing":
      if (server.kind === "stdio" || trouble.why === "throttled") return later(ms, finish);
      return later(ms, () =>
        fail(new Fault("UPSTREAM_AUTH", `${server.name} refuses the credentials (HTTP 401).`, { server: server.name })),
      );
  }
}

const unreached = (server: string, why: string): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} could not be reached: ${why}`, { server });
