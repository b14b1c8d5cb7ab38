// Which numbers of the gateway does `/metrics` show? Names are `omni2_*` and pinned by a test.
import type { CacheAnswer } from "#contract/cache.ts";
import type { Metrics } from "#contract/event.ts";
import { CIRCUIT_STATES, type ServerView, STATUSES } from "#contract/upstream.ts";
import { cacheFamilies } from "./cache-families.ts";
import { type CallSeries, DURATION_BUCKETS_S } from "./call-meter.ts";
import type { Protection } from "./deps.ts";
import type { MetricFamily, Sample } from "./exposition.ts";
import type { HealthSeries } from "./health-meter.ts";

export interface MetricSource {
  readonly version: string;
  readonly ready: boolean;
  readonly totals: Metrics;
  readonly servers: readonly ServerView[];
  readonly calls: readonly CallSeries[];
  readonly healthEvents: readonly HealthSeries[];
  readonly protection: Protection;
  readonly cache: CacheAnswer["servers"];
}

/** Every family of ours; the process's own (`omni2_process_*`, `omni2_nodejs_*`) come beside them. */
export function metricFamilies(source: MetricSource): MetricFamily[] {
  const { totals } = source;
  return [
    gauge("omni2_build_info", "Version of the gateway.", [{ labels: { version: source.version }, value: 1 }]),
    gauge("omni2_ready", "1 when the gateway is ready.", [{ value: source.ready ? 1 : 0 }]),
    gauge("omni2_uptime_seconds", "Seconds since start.", [{ value: totals.uptimeMs / 1000 }]),
    gauge("omni2_sessions", "Downstream sessions open now.", [{ value: totals.sessions }]),
    gauge("omni2_sockets", "Live sockets open now.", [{ value: totals.sockets }]),
    ...callFamilies(source.calls),
    ...serverFamilies(source.servers),
    healthFamily(source.healthEvents),
    ...protectionFamilies(source.protection),
    ...cacheFamilies(source.cache),
  ];
}

const gauge = (name: string, help: string, samples: Sample[]): MetricFamily => ({ name, type: "gauge", help, samples });

function callFamilies(calls: readonly CallSeries[]): MetricFamily[] {
  const counted = calls.map(({ server, kind, outcome, code, calls: value }) => ({
    labels: { server, kind, outcome, code },
    value,
  }));
  return [
    { name: "omni2_calls_total", type: "counter", help: "Finished calls; code names the fault.", samples: counted },
    {
      name: "omni2_call_duration_seconds",
      type: "histogram",
      help: "Duration of finished calls.",
      samples: calls.flatMap(histogramSamples),
    },
  ];
}

function histogramSamples({ server, kind, outcome, code, calls, seconds, buckets }: CallSeries): Sample[] {
  const labels = { server, kind, outcome, code };
  let below = 0;
  const cumulative = DURATION_BUCKETS_S.map((le, at) => {
    below += buckets[at] ?? 0;
    return { suffix: "_bucket", labels: { ...labels, le }, value: below };
  });
  return [
    ...cumulative,
    { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: calls },
    { suffix: "_sum", labels, value: seconds },
    { suffix: "_count", labels, value: calls },
  ];
}

function serverFamilies(servers: readonly ServerView[]): MetricFamily[] {
  const perServer = (name: string, help: string, value: (view: ServerView) => number): MetricFamily =>
    gauge(
      name,
      help,
      servers.map((view) => ({ labels: { server: view.name }, value: value(view) })),
    );
  const statuses = servers.flatMap(({ name: server, status: now }) =>
    STATUSES.map((status) => ({ labels: { server, status }, value: status === now ? 1 : 0 })),
  );
  const circuits = servers.flatMap(({ name: server, circuitState: now }) =>
    CIRCUIT_STATES.map((state) => ({ labels: { server, state }, value: state === now ? 1 : 0 })),
  );
  return [
    gauge("omni2_server_status", "1 for the status a server has now.", statuses),
    gauge("omni2_circuit_state", "1 for the state a server's breaker has now.", circuits),
    perServer("omni2_server_tools", "Tools a server offers.", ({ tools }) => tools),
    perServer("omni2_server_consecutive_failures", "Failed observations in a row.", (view) => view.consecutiveFailures),
    perServer("omni2_server_in_flight", "Calls running at a server now.", ({ load }) => load.inFlight),
    perServer("omni2_server_queued", "Calls waiting for a place at a server now.", ({ load }) => load.queued),
    perServer(
      "omni2_server_downtime_seconds",
      "Seconds without a usable link since this gateway started.",
      ({ downtimeMs }) => downtimeMs / 1000,
    ),
  ];
}

const healthFamily = (events: readonly HealthSeries[]): MetricFamily => ({
  name: "omni2_health_events_total",
  type: "counter",
  help: "What happened to the health of servers; type as in the health log.",
  samples: events.map(({ server, type, events: value }) => ({ labels: { server, type }, value })),
});

function protectionFamilies({ level, shed, retries }: Protection): MetricFamily[] {
  const counter = (name: string, help: string, samples: Sample[]): MetricFamily => ({
    name,
    type: "counter",
    help,
    samples,
  });
  return [
    gauge("omni2_overload_level", "1 for the level of overload the gateway is on.", [{ labels: { level }, value: 1 }]),
    counter(
      "omni2_shed_total",
      "Work refused because of overload.",
      Object.entries(shed).map(([work, value]) => ({ labels: { work }, value })),
    ),
    counter(
      "omni2_retries_total",
      "Attempts of calls beyond the first.",
      retries.map(({ server, retries: value }) => ({ labels: { server }, value })),
    ),
    counter(
      "omni2_retry_budget_refusals_total",
      "Harmless retries that were not made because the budget was spent.",
      retries.map(({ server, budgetRefusals: value }) => ({ labels: { server }, value })),
    ),
  ];
}
