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

function Row({ line, at, roving }: { line: EventLine; at: number | null; roving: Roving }) {
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
          <a className={rows.open} href={eventHref(line.seq, at)} {...roving(keyOf(line))}>
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

/** @param at the moment whose events they are; null for now. */
export function EventTable({ lines, at }: { lines: readonly EventLine[]; at: number | null }) {
  const roving = useRoving(lines.map(keyOf));
  return (
    <table className={rows.dense}>
      <caption className="hidden">Events</caption>
      <EventHead />
      <tbody>
        {lines.map((line) => (
          <Row key={keyOf(line)} line={line} at={at} roving={roving} />
        ))}
      </tbody>
    </table>
  );
}
