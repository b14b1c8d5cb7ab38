// What does the gateway say about one server, in words? Its state and its identity as two lists; nothing is derived here.
import type { ReactNode } from "react";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { useClock } from "../clock.ts";
import { CACHE } from "../route.ts";
import styles from "./facts.module.css";
import { clock, count, duration, many, NONE, percent, until, words } from "./format.ts";
import { breakerWords } from "./sentence.ts";

type Line = readonly [label: string, value: ReactNode];

const STAGES = {
  start: "While starting",
  connect: "While connecting",
  probe: "During a probe",
  call: "While serving",
  list: "While listing tools",
} as const;

const ms = (value: number): string => words(duration(value));

function latencyOf({ latency }: ServerView): string {
  return latency ? `p50 ${ms(latency.p50)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)}` : `${NONE} no recent calls`;
}

function cacheOf({ cache }: ServerView): ReactNode {
  if (cache.hits + cache.misses === 0) return <a href={CACHE}>No lookups yet</a>;
  const text = `${percent(cache.hitRate)} answered without it: ${words(count(cache.hits))} of ${words(count(cache.hits + cache.misses))}`;
  return <a href={CACHE}>{text}</a>;
}

function stateLines(view: ServerView, now: number): Line[] {
  const lines: Line[] = [
    ["Link", view.link],
    ["Health", view.health],
    ["Breaker", breakerWords(view, now)],
  ];
  if (view.consecutiveFailures > 0) lines.push(["Failures", `${view.consecutiveFailures} in a row`]);
  if (view.attempt > 0) lines.push(["Attempt", view.attempt]);
  if (view.nextAttemptAt !== null) lines.push(["Next attempt", `in ${until(view.nextAttemptAt, now)}`]);
  if (view.chaos) lines.push(["Drill", `${view.chaos.kind}, for ${until(view.chaos.until, now)} more`]);
  lines.push(["Latency", latencyOf(view)], ["Load", `${view.load.inFlight} running, ${view.load.queued} waiting`]);
  lines.push(["Cache", cacheOf(view)]);
  if (view.lastProbeAt !== null) lines.push(["Last probe", clock(view.lastProbeAt, now)]);
  if (view.lastRecoveryAt !== null) lines.push(["Last recovery", clock(view.lastRecoveryAt, now)]);
  if (view.downtimeMs > 0) lines.push(["Downtime", `${ms(view.downtimeMs)} since the gateway started`]);
  return lines;
}

function protocolOf(view: ServerView): string {
  return [view.protocolVersion, view.era && `${view.era} era`].filter(Boolean).join(", ") || NONE;
}

function identityLines(view: ServerView): Line[] {
  const { serverInfo: info } = view;
  const lines: Line[] = [
    ["Transport", view.type],
    ["Protocol", protocolOf(view)],
    ["Software", info ? `${info.name} ${info.version}` : NONE],
    ["Offers", [many(view.tools, "tool"), many(view.prompts, "prompt"), many(view.resources, "resource")].join(", ")],
  ];
  if (view.pid !== null) lines.push(["Process", <span key="pid" className="mono">{`pid ${view.pid}`}</span>]);
  lines.push(["Trusted", view.trusted ? "yes: its hints are believed" : "no: its hints are not believed"]);
  lines.push(["Defined by", view.origin === "file" ? "a configuration file" : "the API"]);
  return lines;
}

function Lines({ title, lines }: { title: string; lines: readonly Line[] }) {
  return (
    <section>
      <h2>{title}</h2>
      <dl>
        {lines.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function LastFailure({ view, now }: { view: ServerView; now: number }) {
  const failure = view.lastFailure;
  if (!failure) return null;
  return (
    <section>
      <h2>Last failure</h2>
      <p>{failure.message}</p>
      <p className="muted">
        {`${STAGES[failure.stage]}, at `}
        <time dateTime={new Date(failure.at).toISOString()}>{clock(failure.at, now)}</time>
      </p>
    </section>
  );
}

export function Facts({ view }: { view: ServerView }) {
  const now = useClock();
  return (
    <div className={styles.facts}>
      <Lines title="State" lines={stateLines(view, now)} />
      <Lines title="Identity" lines={identityLines(view)} />
      <LastFailure view={view} now={now} />
    </div>
  );
}
