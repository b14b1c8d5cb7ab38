// Everything the gateway says about one server, in words. It derives no status and offers nothing the gateway cannot do.
import type { ReactNode } from "react";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { type Tools, useTools } from "../live/use-tools.ts";
import { toolHref } from "../route.ts";
import { Dialog } from "./dialog.tsx";
import { clock, duration, NONE, until, words } from "./format.ts";
import { noteOf } from "./sentence.ts";
import styles from "./server-drawer.module.css";
import { StatusMark } from "./status.tsx";
import { Stderr } from "./stderr.tsx";

type Line = readonly [label: string, value: ReactNode];

const STAGES = {
  start: "While starting",
  connect: "While connecting",
  probe: "During a probe",
  call: "While serving",
  list: "While listing tools",
} as const;
const CIRCUITS = { closed: "closed", open: "open", half_open: "half open", isolated: "isolated" } as const;

const ms = (value: number): string => words(duration(value));

function protocolOf(view: ServerView): ReactNode {
  if (!view.era && !view.protocolVersion) return NONE;
  return [view.protocolVersion, view.era && `${view.era} era`].filter(Boolean).join(", ");
}

function latencyOf({ latency }: ServerView): string {
  return latency ? `p50 ${ms(latency.p50)}, p95 ${ms(latency.p95)}, p99 ${ms(latency.p99)}` : NONE;
}

function stateLines(view: ServerView, now: number): Line[] {
  const lines: Line[] = [
    ["Link", view.link],
    ["Health", view.health],
  ];
  if (view.circuitState !== "closed") lines.push(["Breaker", CIRCUITS[view.circuitState]]);
  if (view.consecutiveFailures > 0) lines.push(["Failures", `${view.consecutiveFailures} in a row`]);
  if (view.attempt > 0) lines.push(["Attempt", view.attempt]);
  if (view.nextAttemptAt !== null) lines.push(["Next try", `in ${until(view.nextAttemptAt, now)}`]);
  if (view.lastProbeAt !== null) lines.push(["Last probe", clock(view.lastProbeAt, now)]);
  if (view.lastRecoveryAt !== null) lines.push(["Recovered", clock(view.lastRecoveryAt, now)]);
  if (view.downtimeMs > 0) lines.push(["Downtime", `${ms(view.downtimeMs)} since start`]);
  return lines;
}

function identityLines(view: ServerView): Line[] {
  const { serverInfo: info, cache } = view;
  const lines: Line[] = [
    ["Transport", view.type],
    ["Protocol", protocolOf(view)],
    ["Server", info ? `${info.name} ${info.version}` : NONE],
  ];
  if (view.pid !== null) lines.push(["Process", <span key="pid" className="mono">{`pid ${view.pid}`}</span>]);
  lines.push(["Offers", `${view.tools} tools, ${view.prompts} prompts, ${view.resources} resources`]);
  lines.push(["Latency", latencyOf(view)]);
  if (cache.hits + cache.misses > 0) lines.push(["Cache", `${cache.hits} hits, ${cache.misses} misses`]);
  lines.push(["Defined by", view.origin === "file" ? "a configuration file" : "the API"]);
  return lines;
}

function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    <dl className={styles.lines}>
      {lines.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function LastFailure({ view, now }: { view: ServerView; now: number }) {
  const failure = view.lastFailure;
  if (!failure) return null;
  return (
    <section className={styles.section}>
      <h3>Last failure</h3>
      <p>{failure.message}</p>
      <p className="muted">
        {`${STAGES[failure.stage]}, at `}
        <time dateTime={new Date(failure.at).toISOString()}>{clock(failure.at, now)}</time>
      </p>
    </section>
  );
}

function ToolList({ server, tools }: { server: string; tools: Tools }) {
  const own = tools.items?.filter((tool) => tool.server === server);
  return (
    <section className={styles.section}>
      <h3>Tools</h3>
      {tools.problem && <p className="muted">{tools.problem}</p>}
      {own?.length === 0 && <p className="muted">No tools are listed for it now.</p>}
      <ul className={styles.tools}>
        {own?.map((tool) => (
          <li key={tool.name}>
            <a href={toolHref(server, tool.name)} data-row title={tool.description ?? undefined}>
              <span>{tool.name}</span>
              <span className="muted">{tool.title ?? tool.description}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Known({ view, tools }: { view: ServerView; tools: Tools }) {
  const now = useClock();
  const note = noteOf(view, now);
  return (
    <>
      <p className={styles.status}>
        <StatusMark status={view.status} />
      </p>
      {note && <p className={styles.reason}>{note}</p>}
      {view.description && <p className="muted">{view.description}</p>}
      <Lines lines={stateLines(view, now)} />
      <LastFailure view={view} now={now} />
      <section className={styles.section}>
        <h3>Identity</h3>
        <Lines lines={identityLines(view)} />
      </section>
      <ToolList server={view.name} tools={tools} />
      {view.type === "stdio" && <Stderr server={view.name} />}
    </>
  );
}

interface DrawerProps {
  readonly name: string;
  readonly state: LiveState;
  readonly onClose: () => void;
}

export function ServerDrawer({ name, state, onClose }: DrawerProps) {
  const tools = useTools(state.catalogRevision);
  const view = state.servers.get(name);
  return (
    <Dialog label={`Server ${name}`} shape="drawer" onClose={onClose}>
      <h2 className={styles.title}>{name}</h2>
      {view ? (
        <Known view={view} tools={tools} />
      ) : (
        <p className="muted">
          {state.loaded
            ? "No server of this name is configured. It may have been removed."
            : "Waiting for the gateway…"}
        </p>
      )}
    </Dialog>
  );
}
