// What was written about this server's health? The newest rows of its log, folded away until they are wanted.
import type { HealthLogEntry } from "../../../src/contract/api.ts";
import { HEALTH_WORDS } from "../live/lines.ts";
import { useAnswer } from "../live/use-answer.ts";
import styles from "./health-log.module.css";
import look from "./rows.module.css";
import { StatusMark } from "./status.tsx";
import { Time } from "./time.tsx";

/** As many rows as the gateway answers without being asked for more. */
const ROWS = 200;
/** The log is written a little after the event: it is asked again, milliseconds. */
const AGAIN_MS = 5000;

function Rows({ rows }: { rows: readonly HealthLogEntry[] }) {
  return (
    <details className={styles.log}>
      <summary>{rows.length >= ROWS ? `The last ${ROWS} rows of the health log` : "The health log"}</summary>
      <table className={look.dense}>
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
              <td className={look.time}>
                <Time at={row.at} />
              </td>
              <td>{HEALTH_WORDS[row.eventType] ?? row.eventType}</td>
              <td>
                <StatusMark status={row.status} still />
              </td>
              <td className={look.text} title={row.message}>
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
  return (
    <section aria-label="Health log">
      {problem && <p className="muted">{problem}</p>}
      {rows.length > 0 && <Rows rows={rows} />}
    </section>
  );
}
