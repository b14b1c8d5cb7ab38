// When was this server not well, for how long and why, and how long does it take to come back? As the gateway tells it, of the last week.
import { useState } from "react";
import type { Incident, ServerTimeline } from "../../../src/contract/timeline.ts";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { useTimelines } from "../live/use-timeline.ts";
import { momentHref } from "../route.ts";
import { count, duration, sentence, words } from "./format.ts";
import styles from "./incidents.module.css";
import { type FigureLine, Figures } from "./quantity.tsx";
import look from "./rows.module.css";
import { briefly } from "./sentence.ts";
import { Time } from "./time.tsx";

const HOURS = 168;
const SHOWN = 8;

function figuresOf({ incidents, downMs, meanRecoveryMs }: ServerTimeline): FigureLine[] {
  return [
    { label: "Incidents", figure: count(incidents.length) },
    { label: "Downtime", figure: downMs === 0 ? { value: "0", unit: "s" } : duration(downMs) },
    { label: "Mean time to recover", figure: meanRecoveryMs === null ? null : duration(meanRecoveryMs) },
  ];
}

function Row({ incident: { from, to, cause }, server }: { incident: Incident; server: string }) {
  const now = useClock();
  const length = words(duration(Math.max(0, (to ?? now) - from)));
  return (
    <tr>
      <td className={look.time}>
        <a href={momentHref(from)} title="Show this moment">
          <Time at={from} />
        </a>
      </td>
      <td className={styles.length}>{to === null ? `${length} so far` : length}</td>
      <td className={look.text} title={cause ?? undefined}>
        {cause === null ? <span>No cause was told.</span> : sentence(briefly(cause, server), server)}
      </td>
    </tr>
  );
}

function Rows({ incidents, server }: { incidents: readonly Incident[]; server: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? incidents : incidents.slice(0, SHOWN);
  return (
    <>
      <table className={look.dense}>
        <caption className="hidden">Incidents</caption>
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">Lasted</th>
            <th scope="col">Cause</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((incident) => (
            <Row key={incident.from} incident={incident} server={server} />
          ))}
        </tbody>
      </table>
      {incidents.length > shown.length && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          {`Show all ${incidents.length}`}
        </button>
      )}
    </>
  );
}

export function Incidents({ server, state }: { server: string; state: LiveState }) {
  const { items, problem } = useTimelines(state, { hours: HOURS, server });
  const timeline = items?.find((one) => one.server === server);
  return (
    <section className={styles.section} aria-label="Incidents">
      <h2>Incidents of the last 7 days</h2>
      {problem && <p className="muted">{problem}</p>}
      {items && (timeline?.incidents ?? []).length === 0 && <p className="muted">None is known.</p>}
      {timeline && timeline.incidents.length > 0 && (
        <>
          <Figures lines={figuresOf(timeline)} />
          <Rows incidents={timeline.incidents} server={server} />
        </>
      )}
    </section>
  );
}
