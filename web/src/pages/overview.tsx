// Is everything all right? One sentence, the figures that the gateway knows, the servers, and what happened lately.
import type { SystemMetrics } from "../../../src/contract/event.ts";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { EventList } from "../ui/event-list.tsx";
import { count, duration, type Figure, many, percentage } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { type FigureLine, Figures } from "../ui/quantity.tsx";
import { nextLine, situation } from "../ui/sentence.ts";
import { ServerTable } from "../ui/server-table.tsx";
import styles from "./overview.module.css";

function cacheFigure(cache: SystemMetrics["cache"]): Figure | null {
  if (!cache || cache.hits + cache.stale + cache.coalesced + cache.misses === 0) return null;
  return percentage(cache.hitRate);
}

function figuresOf({ servers, metrics }: LiveState): FigureLine[] {
  const views = [...servers.values()];
  const known = (value: number | undefined): Figure | null => (value === undefined ? null : count(value));
  const latency = metrics?.latency ?? null;
  return [
    {
      label: "Servers up",
      figure: count(views.filter((view) => view.status === "up").length),
      beside: `of ${views.length}`,
    },
    { label: "Tools", figure: count(views.reduce((sum, view) => sum + view.tools, 0)) },
    { label: "Calls", figure: known(metrics?.calls), beside: "since start" },
    { label: "Faults", figure: known(metrics?.faults), beside: "since start" },
    { label: "Latency p95", figure: latency && duration(latency.p95), ...(latency ? { beside: "last minute" } : {}) },
    { label: "Cache hits", figure: cacheFigure(metrics?.cache) },
    { label: "Sessions", figure: known(metrics?.sessions) },
  ];
}

export function NoServers() {
  return (
    <Notice
      title="No servers yet"
      text={
        <>
          The gateway has nothing to stand in front of. Add a server to <code>mcpServers</code> in its configuration
          file, or run <code>omni2 servers add</code>. It appears here by itself.
        </>
      }
    />
  );
}

/** When all is calm: where clients find what is served. */
function Address({ tools }: { tools: number }) {
  return (
    <>
      {many(tools, "tool")} {tools === 1 ? "is" : "are"} served at <code>{`${location.origin}/mcp`}</code>
    </>
  );
}

export function Overview({ state }: { state: LiveState }) {
  const now = useClock();
  const views = [...state.servers.values()];
  if (state.loaded && views.length === 0) return <NoServers />;
  const tools = views.reduce((sum, view) => sum + view.tools, 0);
  return (
    <>
      <p className={styles.lead}>{state.loaded ? situation(views) : "Waiting for the gateway…"}</p>
      <p className={styles.next}>{nextLine(views, now) ?? (state.loaded && <Address tools={tools} />)}</p>
      {state.loaded && <Figures lines={figuresOf(state)} />}
      <ServerTable servers={views} loaded={state.loaded} />
      <EventList state={state} />
    </>
  );
}
