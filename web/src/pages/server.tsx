// How is this one server, since when, why, and what can be done about it? It derives no status and offers nothing the gateway cannot do.
import type { ServerView } from "../../../src/contract/upstream.ts";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { useTools } from "../live/use-tools.ts";
import { SERVERS, toolHref } from "../route.ts";
import { Facts } from "../ui/facts.tsx";
import { many } from "../ui/format.ts";
import { HealthLog } from "../ui/health-log.tsx";
import { Incidents } from "../ui/incidents.tsx";
import { LoadChart } from "../ui/load-chart.tsx";
import { Notice } from "../ui/notice.tsx";
import { useRoving } from "../ui/roving.ts";
import { noteOf } from "../ui/sentence.ts";
import { StatusMark } from "../ui/status.tsx";
import { Stderr } from "../ui/stderr.tsx";
import { Verbs } from "../ui/verbs.tsx";
import styles from "./server.module.css";

function ToolList({ server, state }: { server: string; state: LiveState }) {
  const { items, problem } = useTools(state.catalogRevision);
  const own = items?.filter((tool) => tool.server === server);
  const roving = useRoving(own?.map((tool) => tool.name) ?? []);
  return (
    <section aria-label="Tools">
      <h2>{own && own.length > 0 ? many(own.length, "tool") : "Tools"}</h2>
      {problem && <p className="muted">{problem}</p>}
      {own?.length === 0 && <p className="muted">No tools are listed for it now.</p>}
      <ul className={styles.tools}>
        {own?.map((tool) => (
          <li key={tool.name}>
            <a href={toolHref(server, tool.name)} {...roving(tool.name)}>
              <span>{tool.name}</span>
              <span className="muted">{tool.title ?? tool.description}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Head({ view }: { view: ServerView }) {
  const note = noteOf(view, useClock());
  return (
    <header className={styles.head}>
      <p className={styles.status}>
        <StatusMark status={view.status} />
        <span>{note}</span>
      </p>
      {view.description && <p className="muted">{view.description}</p>}
      <Verbs view={view} />
    </header>
  );
}

/** Grows whenever something was told of this server, or may have been missed. */
const revisionOf = (state: LiveState, server: string): number =>
  (state.events.find((line) => line.server === server)?.id ?? 0) + state.catalogRevision;

export function Server({ name, state }: { name: string; state: LiveState }) {
  const view = state.servers.get(name);
  if (!view && !state.loaded) return <p className="muted late">Waiting for the gateway…</p>;
  if (!view)
    return (
      <Notice title={`No server is named ${name}`} text="It may have been removed from the configuration.">
        <a href={SERVERS}>All servers</a>
      </Notice>
    );
  return (
    <div className={styles.page}>
      <Head view={view} />
      <Facts view={view} />
      <LoadChart server={name} />
      <div>
        <Incidents server={name} state={state} />
        <HealthLog server={name} revision={revisionOf(state, name)} />
      </div>
      <ToolList server={name} state={state} />
      {view.type === "stdio" && <Stderr server={name} />}
    </div>
  );
}
