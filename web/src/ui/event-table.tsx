// What happened, newest first? Every event that this page has seen, as rows that open.
import type { EventLine } from "../live/lines.ts";
import { keyOf } from "../live/past.ts";
import { eventHref } from "../route.ts";
import styles from "./event-list.module.css";
import { EventHead, textOf, What, whomOf } from "./event-list.tsx";
import { useRoving } from "./roving.ts";
import rows from "./rows.module.css";
import { Time } from "./time.tsx";

type Roving = ReturnType<typeof useRoving>;

function Row({ line, roving }: { line: EventLine; roving: Roving }) {
  const name = whomOf(line);
  return (
    <tr className={rows.row}>
      <td className={rows.time}>
        <Time at={line.at} />
      </td>
      <td className={styles.what}>
        <What what={line.what} />
      </td>
      <th scope="row" className={rows.name}>
        {line.seq === null ? (
          name
        ) : (
          <a className={rows.open} href={eventHref(line.seq)} {...roving(keyOf(line))}>
            {name}
          </a>
        )}
      </th>
      <td className={rows.text} title={line.text}>
        {textOf(line)}
      </td>
    </tr>
  );
}

export function EventTable({ lines }: { lines: readonly EventLine[] }) {
  const roving = useRoving(lines.map(keyOf));
  return (
    <table className={rows.dense}>
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
