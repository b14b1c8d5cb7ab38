// What happened, newest first? Every event that this page has seen, as rows that open.
import type { EventLine } from "../live/lines.ts";
import { keyOf } from "../live/past.ts";
import { eventHref } from "../route.ts";
import { ALL_SERVERS, EventHead, textOf, What } from "./event-list.tsx";
import styles from "./event-table.module.css";
import { useRoving } from "./roving.ts";
import { Time } from "./time.tsx";

type Roving = ReturnType<typeof useRoving>;

function Row({ line, roving }: { line: EventLine; roving: Roving }) {
  const name = line.server ?? ALL_SERVERS;
  return (
    <tr className={styles.row}>
      <td className={styles.time}>
        <Time at={line.at} />
      </td>
      <td className={styles.what}>
        <What what={line.what} />
      </td>
      <th scope="row" className={styles.name}>
        {line.seq === null ? (
          name
        ) : (
          <a href={eventHref(line.seq)} {...roving(keyOf(line))}>
            {name}
          </a>
        )}
      </th>
      <td className={styles.text} title={line.text}>
        {textOf(line)}
      </td>
    </tr>
  );
}

export function EventTable({ lines }: { lines: readonly EventLine[] }) {
  const roving = useRoving(lines.map(keyOf));
  return (
    <table className={styles.table}>
      <caption className="hidden">Events</caption>
      <EventHead />
      <tbody>
        {lines.map((line) => (
          <Row key={keyOf(line)} line={line} roving={roving} />
        ))}
      </tbody>
    </table>
  );
}
