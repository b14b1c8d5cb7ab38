// What happened lately? The important frames seen since the page opened, newest first.
import { useClock } from "../clock.ts";
import type { EventLine } from "../live/state.ts";
import styles from "./event-list.module.css";
import { clock } from "./format.ts";
import { briefly } from "./sentence.ts";
import { StatusMark } from "./status.tsx";

const SHOWN = 12;

function Line({ line, now }: { line: EventLine; now: number }) {
  return (
    <tr>
      <td className={styles.time}>
        <time dateTime={new Date(line.at).toISOString()} title={new Date(line.at).toISOString()}>
          {clock(line.at, now)}
        </time>
      </td>
      <td className={styles.what}>
        {typeof line.what === "string" ? <StatusMark status={line.what} still /> : <span>{line.what.word}</span>}
      </td>
      <th scope="row" className={styles.name}>
        {line.server}
      </th>
      <td className={styles.text} title={line.text}>
        {briefly(line.text, line.server)}
      </td>
    </tr>
  );
}

export function EventList({ events }: { events: readonly EventLine[] }) {
  const now = useClock();
  if (events.length === 0)
    return (
      <section className={styles.events}>
        <h2>Recent events</h2>
        <p className="muted">Nothing has happened since this page was opened.</p>
      </section>
    );
  return (
    <section className={styles.events}>
      <table>
        <caption>Recent events</caption>
        <thead className="hidden">
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What</th>
            <th scope="col">Server</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {events.slice(0, SHOWN).map((line) => (
            <Line key={line.id} line={line} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}
