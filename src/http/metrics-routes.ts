// What does a Prometheus scrape get? Our own families and the process's; the library for the latter loads on first use.
import type { Registry } from "prom-client";
import { createCallMeter } from "./call-meter.ts";
import type { PeopleDeps } from "./deps.ts";
import { exposition } from "./exposition.ts";
import { type MetricSource, metricFamilies } from "./metric-families.ts";
import type { Handlers } from "./routes.ts";

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

async function openProcessMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import("prom-client");
  const register = new Registry();
  collectDefaultMetrics({ register, prefix: "omni2_" });
  return register;
}

type Deps = Pick<PeopleDeps, "bus" | "servers" | "metrics" | "health" | "readiness" | "broadcaster">;

/** Counts calls from now on; `stop` ends that. */
export function metricsRoutes(deps: Deps): { handlers: Handlers<"GET /metrics">; stop: () => void } {
  const meter = createCallMeter();
  let processMetrics: Promise<Registry> | undefined;
  const stop = deps.bus.subscribe((event) => {
    if (event.type === "call.finished") meter.observe(event.record);
  });

  const source = (): MetricSource => ({
    version: deps.health().version,
    ready: deps.readiness().status === "ready",
    totals: { ...deps.metrics(), sockets: deps.broadcaster.vitals().sockets },
    servers: deps.servers.list(),
    calls: [...meter.series()],
  });

  const scrape: Handlers<"GET /metrics">["GET /metrics"] = async ({ reply }) => {
    processMetrics ??= openProcessMetrics();
    const ofProcess = await (await processMetrics).metrics();
    reply.type(METRICS_TYPE);
    return exposition(metricFamilies(source())) + ofProcess;
  };
  return { handlers: { "GET /metrics": scrape }, stop };
}
