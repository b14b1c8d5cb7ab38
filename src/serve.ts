// How does the gateway process start and end? Signals, the lines people see, and the exit code.
import { join, resolve } from "node:path";
import { toFault } from "#contract/fault.ts";
import { type Log, openLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { describeContainment } from "#upstream/stdio/containment.ts";
import { reapLeftovers } from "#upstream/stdio/leftovers.ts";
import { type Gateway, openGateway } from "./gateway.ts";
import type { Settings } from "./settings.ts";
import { watchForStop } from "./stop.ts";
import { VERSION } from "./version.ts";

/** Who stops us, such as a container's runtime, kills after ten seconds: calls and servers share the time until then. */
const STOP_LIMITS = { graceMs: 6_000, killAfterMs: 8_500 } as const;

/** Runs the gateway until it is told to stop; resolves with the exit code. */
export async function serve(settings: Settings): Promise<number> {
  const log = await openLog(settings.log);
  catchBugs(log);
  log.info({ version: VERSION, node: process.version, pid: process.pid }, "OMNI2 starts");
  log.service("Upstream").info({}, describeContainment());
  let gateway: Gateway | undefined;
  const stop = watchForStop({ settings, log, reload: () => void gateway?.reload() });
  reapLeftovers(log);
  const dashboardDir = resolve(import.meta.dirname, "..", "web", "dist");
  gateway = await openGateway(settings, { world: systemWorld, log, dashboardDir });
  announce(gateway, settings, log);
  const reason = await stop.asked;
  log.info({ reason }, "OMNI2 stops: running calls may finish, new ones are refused");
  await gateway.close(STOP_LIMITS).catch((err) => log.error({ err }, "Stopping left errors behind"));
  log.info({}, "OMNI2 stopped");
  return 0;
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

// A rejection nobody waits for is a bug but no reason to stop; an exception may have left anything half done.
function catchBugs(log: Log): void {
  process.on("unhandledRejection", (err) => log.error({ err }, "Unhandled rejection: a bug; the gateway goes on"));
  process.on("uncaughtException", (err) => {
    log.error({ err }, "Uncaught exception: a bug; the gateway ends");
    process.exit(1);
  });
}
