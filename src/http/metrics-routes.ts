// What does a Prometheus scrape get? Our own families and the process's; the library for the latter loads on first use.
import type { Registry } from "prom-client";
import { createCallMeter } from "./call-meter.ts";
import type { PeopleDeps } from "./deps.ts";
import { exposition } from "./exposition.ts";
import { createHealthMeter } from "./health-meter.ts";
import { type MetricSource, metricFamilies } from "./metric-families.ts";
import type { Handlers } from "./routes.ts";

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

async function openProcessMetrics(): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import("prom-client");
  const register = new Registry();
  collectDefaultMetrics({ register, prefix: "omni2_" });
  return register;
}

type Deps = Pick<
  PeopleDeps,
  "bus" | "servers" | "cache" | "metrics" | "health" | "readiness" | "broadcaster" | "protection"
>;

/** Counts calls and health events from now on; `stop` ends that. */
export function metricsRoutes(deps: Deps): { handlers: Handlers<"GET /metrics">; stop: () => void } {
  const calls = createCallMeter();
  const health = createHealthMeter();
  let processMetrics: Promise<Registry> | undefined;
  const stop = deps.bus.subscribe((event) => {
    if (event.type === "call.finished") calls.observe(event.record);
    else health.observe(event);
  });

  const source = (): MetricSource => ({
    version: deps.health().version,
    ready: deps.readiness().status === "ready",
    totals: { ...deps.metrics(), sockets: deps.broadcaster.vitals().sockets },
    servers: deps.servers.list(),
    calls: [...calls.series()],
    healthEvents: [...health.series()],
    protection: deps.protection(),
    cache: deps.cache.report().servers,
  });

  const scrape: Handlers<"GET /metrics">["GET /metrics"] = async ({ reply }) => {
    processMetrics ??= openProcessMetrics();
    const ofProcess = await (await processMetrics).metrics();
    reply.type(METRICS_TYPE);
    return exposition(metricFamilies(source())) + ofProcess;
  };
  return { handlers: { "GET /metrics": scrape }, stop };
}
