// Is everything all right? One sentence, five figures with their last hour, the servers with their last day, and what happened lately.
import { useMemo } from "react";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { useFigures } from "../live/use-figures.ts";
import { useTimelines } from "../live/use-timeline.ts";
import { AddLink } from "../ui/add-link.tsx";
import { EventList } from "../ui/event-list.tsx";
import { many } from "../ui/format.ts";
import { hourLines } from "../ui/hour.ts";
import { Notice } from "../ui/notice.tsx";
import { Figures } from "../ui/quantity.tsx";
import { nextLine, situation } from "../ui/sentence.ts";
import { ServerTable } from "../ui/server-table.tsx";
import styles from "./overview.module.css";

export function NoServers() {
  return (
    <Notice
      title="No servers yet"
      text={
        <>
          The gateway has nothing to stand in front of. Add a server here or to <code>mcpServers</code> in its
          configuration file, or run <code>omni2 servers add</code>. It appears here by itself.
        </>
      }
    >
      <AddLink />
    </Notice>
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

/** Drawn anew only when the gateway tells of itself, once a second. */
function Hour({ state }: { state: LiveState }) {
  const tens = useFigures(state);
  const { metrics, samples } = state;
  return useMemo(() => <Figures lines={hourLines(tens ?? [], samples.list, metrics)} />, [tens, samples, metrics]);
}

export function Overview({ state }: { state: LiveState }) {
  const now = useClock();
  const timelines = useTimelines(state, { hours: 24 });
  const views = [...state.servers.values()];
  if (state.loaded && views.length === 0) return <NoServers />;
  const tools = views.reduce((sum, view) => sum + view.tools, 0);
  return (
    <>
      <p className={styles.lead}>{state.loaded ? situation(views) : "Waiting for the gateway…"}</p>
      <p className={styles.next}>{nextLine(views, now) ?? (state.loaded && <Address tools={tools} />)}</p>
      <Hour state={state} />
      <ServerTable servers={views} loaded={state.loaded} timelines={timelines} />
      <EventList state={state} />
    </>
  );
}
