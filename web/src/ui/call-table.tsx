// Which calls have finished, newest first? One row each that opens what is known of it.
import type { CallRecord } from "../../../src/contract/call.ts";
import { callHref } from "../route.ts";
import styles from "./call-table.module.css";
import { dispositionWord, OUTCOMES } from "./call-words.ts";
import { duration } from "./format.ts";
import { Quantity } from "./quantity.tsx";
import { useRoving } from "./roving.ts";
import rows from "./rows.module.css";
import { StatusMark } from "./status.tsx";
import { Time } from "./time.tsx";

type Roving = ReturnType<typeof useRoving>;

function Row({ record, roving }: { record: CallRecord; roving: Roving }) {
  const { id, at, server, name, principal, outcome, faultCode, attempts, durationMs } = record;
  const { status, word } = OUTCOMES[outcome];
  return (
    <tr className={rows.row}>
      <td className={rows.time}>
        <Time at={at} />
      </td>
      <td className={styles.outcome}>
        <StatusMark status={status} word={word} still />
      </td>
      <th scope="row" className={styles.name}>
        <a className={rows.open} href={callHref(id)} {...roving(id)}>
          {server !== null && <span className="muted">{`${server} / `}</span>}
          {name}
        </a>
        {faultCode && <span className={styles.code}>{faultCode}</span>}
      </th>
      <td className="wide muted">{dispositionWord(record)}</td>
      <td className="wide number">{attempts}</td>
      <td className={`number ${styles.took}`}>
        <Quantity figure={duration(durationMs)} />
      </td>
      <td className={`wide muted ${styles.who}`}>{principal}</td>
    </tr>
  );
}

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">Time</th>
        <th scope="col">Outcome</th>
        <th scope="col">Server and tool</th>
        <th scope="col" className="wide">
          Cache
        </th>
        <th scope="col" className="wide number">
          Attempts
        </th>
        <th scope="col" className="number">
          Took
        </th>
        <th scope="col" className="wide">
          Asked by
        </th>
      </tr>
    </thead>
  );
}

interface TableProps {
  readonly records: readonly CallRecord[];
  /** Props of the table that tell when a person is at it. */
  readonly watch: object;
}

export function CallTable({ records, watch }: TableProps) {
  const roving = useRoving(records.map(({ id }) => id));
  return (
    <table className={`${rows.dense} ${styles.table}`} {...watch}>
      <caption className="hidden">Calls</caption>
      <Head />
      <tbody>
        {records.map((record) => (
          <Row key={record.id} record={record} roving={roving} />
        ))}
      </tbody>
    </table>
  );
}
