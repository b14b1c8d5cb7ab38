// How is one event told in a row, and which were important lately? The overview's short list, newest first.
import type { EventLine } from "../live/lines.ts";
import { keyOf } from "../live/past.ts";
import type { LiveState } from "../live/state.ts";
import { usePast } from "../live/use-past.ts";
import { EVENTS } from "../route.ts";
import styles from "./event-list.module.css";
import rows from "./rows.module.css";
import { briefly } from "./sentence.ts";
import { StatusMark } from "./status.tsx";
import { Time } from "./time.tsx";

const SHOWN = 12;

/** Whom an event is about: a server, or what stands for all of them or for the gateway itself. */
export const whomOf = ({ server, kind }: EventLine): string =>
  server ?? (kind === "configuration" ? "the gateway" : "all servers");

export function What({ what }: Pick<EventLine, "what">) {
  return typeof what === "string" ? <StatusMark status={what} still /> : <span>{what.word}</span>;
}

/** What the row of an event says in words, without the server's name where it stands beside it. */
export const textOf = (line: EventLine): string => briefly(line.text, line.server ?? "");

function Line({ line }: { line: EventLine }) {
  return (
    <tr>
      <td className={rows.time}>
        <Time at={line.at} />
      </td>
      <td className={styles.what}>
        <What what={line.what} />
      </td>
      <th scope="row" className={rows.name}>
        {whomOf(line)}
      </th>
      <td className={rows.text} title={line.text}>
        {textOf(line)}
      </td>
    </tr>
  );
}

export function EventHead() {
  return (
    <thead className="hidden">
      <tr>
        <th scope="col">Time</th>
        <th scope="col">What</th>
        <th scope="col">Server</th>
        <th scope="col">Details</th>
      </tr>
    </thead>
  );
}

export function EventList({ state }: { state: LiveState }) {
  const { lines, asked } = usePast(state, state.events);
  const news = lines.filter((line) => line.news).slice(0, SHOWN);
  return (
    <section className={styles.events}>
      {news.length === 0 ? (
        <>
          <h2>Recent events</h2>
          <p className="muted">{asked && "Nothing of importance is known to have happened."}</p>
        </>
      ) : (
        <table className={rows.dense}>
          <caption>Recent events</caption>
          <EventHead />
          <tbody>
            {news.map((line) => (
              <Line key={keyOf(line)} line={line} />
            ))}
          </tbody>
        </table>
      )}
      <a className={styles.all} href={EVENTS}>
        All events
      </a>
    </section>
  );
}
