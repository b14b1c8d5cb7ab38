// What has happened to this server's health? Its incidents with duration and cause, and the log they are read from.
import { useState } from "react";
import type { HealthLogEntry } from "../../../src/contract/api.ts";
import { useClock } from "../clock.ts";
import { HEALTH_WORDS } from "../live/lines.ts";
import { useAnswer } from "../live/use-answer.ts";
import { duration, sentence, words } from "./format.ts";
import styles from "./health-log.module.css";
import { type Incident, incidentsOf } from "./incidents.ts";
import { briefly } from "./sentence.ts";
import { StatusMark } from "./status.tsx";
import { Time } from "./time.tsx";

/** As many rows as the gateway answers without being asked for more. */
const ROWS = 200;
const SHOWN = 8;
/** The log is written a little after the event: it is asked again, milliseconds. */
const AGAIN_MS = 5000;

function lengthOf({ startedAt, endedAt, cut }: Incident, now: number): string {
  const length = words(duration(Math.max(0, (endedAt ?? now) - startedAt)));
  if (endedAt === null) return `${length} so far`;
  return cut ? `${length} or more` : length;
}

function IncidentRow({ incident, server }: { incident: Incident; server: string }) {
  const now = useClock();
  return (
    <tr>
      <td className={styles.time}>
        <Time at={incident.startedAt} />
      </td>
      <td>
        <StatusMark status={incident.worst} still />
      </td>
      <td className={styles.length}>{lengthOf(incident, now)}</td>
      <td className={styles.cause} title={incident.cause}>
        {sentence(briefly(incident.cause, server), server)}
      </td>
    </tr>
  );
}

function Incidents({ incidents, server }: { incidents: readonly Incident[]; server: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? incidents : incidents.slice(0, SHOWN);
  return (
    <>
      <table className={styles.table}>
        <caption className="hidden">Incidents</caption>
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">Came to</th>
            <th scope="col">Lasted</th>
            <th scope="col">Cause</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} server={server} />
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

function Rows({ rows }: { rows: readonly HealthLogEntry[] }) {
  return (
    <details className={styles.log}>
      <summary>{rows.length >= ROWS ? `The last ${ROWS} rows of the health log` : "The health log"}</summary>
      <table className={styles.table}>
        <caption className="hidden">Health log</caption>
        <thead className="hidden">
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">Status</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td className={styles.time}>
                <Time at={row.at} />
              </td>
              <td>{HEALTH_WORDS[row.eventType] ?? row.eventType}</td>
              <td>
                <StatusMark status={row.status} still />
              </td>
              <td className={styles.cause} title={row.message}>
                {row.message}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** `revision` grows with each event of this server. */
export function HealthLog({ server, revision }: { server: string; revision: number }) {
  const { value, problem } = useAnswer(
    "GET /api/servers/{name}/health-log",
    { params: { name: server } },
    { revision, everyMs: AGAIN_MS },
  );
  const rows = value?.items ?? [];
  const incidents = incidentsOf(rows, rows.length < ROWS);
  return (
    <section className={styles.section} aria-label="Incidents">
      <h2>Incidents</h2>
      {problem && <p className="muted">{problem}</p>}
      {value && incidents.length === 0 && <p className="muted">The health log tells of none.</p>}
      {incidents.length > 0 && <Incidents incidents={incidents} server={server} />}
      {rows.length > 0 && <Rows rows={rows} />}
    </section>
  );
}
