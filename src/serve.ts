// How does the gateway process start and end? Signals, the lines people see, and the exit code.
import { join, resolve } from "node:path";
import { toFault } from "#contract/fault.ts";
import { type Log, openLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { describeContainment } from "#upstream/stdio/containment.ts";
import { reapLeftovers } from "#upstream/stdio/leftovers.ts";
import { watchForBugs } from "./bugs.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import type { Settings } from "./settings.ts";
import { watchForStop } from "./stop.ts";
import { VERSION } from "./version.ts";

/** How a stop is carried out: times in milliseconds, and the exit code. */
interface Farewell {
  /** Running calls may finish until then. */
  readonly graceMs: number;
  /** Allowed for everything after the last call has ended: servers, last answers, database. */
  readonly closeMs: number;
  /** When all is over, whatever is left. */
  readonly overMs: number;
  readonly exitCode: 0 | 1;
}

/** Who stops us without a call running, such as a container's runtime, kills after ten seconds. */
const ON_REQUEST: Farewell = { graceMs: 30_000, closeMs: 9_000, overMs: 31_000, exitCode: 0 };
const AFTER_A_BUG: Farewell = { graceMs: 4_000, closeMs: 3_000, overMs: 5_000, exitCode: 1 };

/** Runs the gateway until it is told to stop or meets an exception that nobody caught; resolves with the exit code. */
export async function serve(settings: Settings): Promise<number> {
  const log = await openLog(settings.log);
  const bugs = watchForBugs(log, () => exitAfter(AFTER_A_BUG.overMs, AFTER_A_BUG.exitCode, log));
  log.info({ version: VERSION, node: process.version, pid: process.pid }, "OMNI2 starts");
  log.service("Upstream").info({}, describeContainment());
  let gateway: Gateway | undefined;
  const stop = watchForStop({ settings, log, reload: () => void gateway?.reload() });
  reapLeftovers(log);
  const dashboardDir = resolve(import.meta.dirname, "..", "web", "dist");
  gateway = await openGateway(settings, { world: systemWorld, log, dashboardDir });
  announce(gateway, settings, log);
  const farewell = await Promise.race([
    stop.asked.then((reason) => asked(reason, log)),
    bugs.fatal.then(() => AFTER_A_BUG),
  ]);
  await sayFarewell(gateway, farewell, log);
  return bugs.counts.exceptions > 0 ? AFTER_A_BUG.exitCode : farewell.exitCode;
}

function asked(reason: string, log: Log): Farewell {
  log.info({ reason }, "OMNI2 stops: running calls may finish, new ones are refused");
  return ON_REQUEST;
}

async function sayFarewell(
  gateway: Gateway,
  { graceMs, closeMs, overMs, exitCode }: Farewell,
  log: Log,
): Promise<void> {
  const startedAt = performance.now();
  const running = await gateway.drain(graceMs);
  if (running > 0) log.warn({ running, graceMs }, "OMNI2 waits no longer: calls still run, their outcome is unknown");
  const leftMs = Math.min(closeMs, overMs - (performance.now() - startedAt));
  exitAfter(leftMs, exitCode, log);
  await gateway.close(leftMs).catch((err) => log.error({ err }, "Stopping left errors behind"));
  log.info({}, "OMNI2 stopped");
}

/** Ends the process if it still lives then; what keeps it alive has had its time. */
function exitAfter(ms: number, exitCode: 0 | 1, log: Log): void {
  const timer = setTimeout(() => {
    log.warn({}, "OMNI2 stopped with something left that did not end in time");
    process.exit(exitCode);
  }, ms);
  timer.unref();
}

function announce(gateway: Gateway, settings: Settings, log: Log): void {
  log.info({ url: gateway.url }, "Listening; tools can be called while the rest starts");
  if (gateway.loginLink !== null) {
    process.stderr.write(`\n  Open the dashboard with this link, shown only once:\n  ${gateway.loginLink}\n\n`);
  } else if (settings.adminToken === null) {
    log.info({ file: join(settings.dataDir, "admin-token") }, "Sign in to the dashboard with the admin token");
  }
  gateway.ready().then(
    () => {
      const startMs = Math.round(performance.timeOrigin + performance.now() - PROCESS_START);
      log.info({ url: gateway.url, startMs, servers: gateway.serverCount() }, "OMNI2 ready");
    },
    (err) => log.error({ err: toFault(err) }, "The gateway did not become ready"),
  );
}

const PROCESS_START = performance.timeOrigin;
