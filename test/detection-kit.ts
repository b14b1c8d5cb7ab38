// What do tests that measure detection share? Steady use of servers, the instants of status changes, and distributions.
import { setTimeout as sleep } from "node:timers/promises";
import type { Frame } from "#contract/event.ts";
import { type TestGateway, until } from "./kit.ts";
import { restCall, type Watcher } from "./recovery-kit.ts";

/** A process that hung may have been ended by the gateway meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

type StatusFrame = Extract<Frame, { type: "mcp_status_change" }>;

export interface Awaited {
  readonly server: string;
  readonly fits: (status: string) => boolean;
  /** The frame number to look from. */
  readonly from: number;
  readonly limitMs: number;
}

/** The first change of this server's status that fits. */
export const statusChange = (live: Watcher, { server, fits, from, limitMs }: Awaited): Promise<StatusFrame> =>
  until(
    `the status of ${server} changes`,
    () =>
      live.frames
        .slice(from)
        .find(
          (frame): frame is StatusFrame =>
            frame.type === "mcp_status_change" && frame.data.name === server && fits(frame.data.new_status),
        ),
    limitMs,
  );

const CALL_EVERY_MS = 250;
/** A caller does not wait longer before it makes its next call. */
const PATIENCE_MS = 2_000;

export interface Use {
  /** When the first call that this server got at `at` or later was begun; wall time. */
  firstCallAt(server: string, at: number): number;
  stop(): Promise<void>;
}

/** Calls until stopped; how they end is not looked at. */
export function use(gateway: TestGateway, servers: readonly string[]): Use {
  const begun = new Map(servers.map((server): [string, number[]] => [server, []]));
  let running = true;
  const loop = async (server: string): Promise<void> => {
    while (running) {
      begun.get(server)?.push(Date.now());
      const answer = restCall(gateway, { server, tool: "add_one" }).catch(() => {});
      await Promise.race([answer, sleep(PATIENCE_MS)]);
      await sleep(CALL_EVERY_MS);
    }
  };
  const done = servers.map(loop);
  return {
    firstCallAt: (server, at) => begun.get(server)?.find((one) => one >= at) ?? at,
    async stop() {
      running = false;
      await Promise.all(done);
    },
  };
}

/** Milliseconds. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.map(Math.round).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { count: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}
