// Who did what lately? The newest rows of the audit log, as the gateway wrote them.
import type { AuditRow } from "../../../src/contract/access.ts";
import { NONE } from "../ui/format.ts";
import rows from "../ui/rows.module.css";
import { Time } from "../ui/time.tsx";
import styles from "./access.module.css";

const detailOf = ({ detail }: AuditRow): string => (Object.keys(detail).length === 0 ? "" : JSON.stringify(detail));

export function AuditTable({ items }: { items: readonly AuditRow[] }) {
  return (
    <table className={rows.dense}>
      <caption>Audit</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
          <th scope="col">To what</th>
          <th scope="col" className="wide">
            Outcome
          </th>
          <th scope="col" className="wide">
            Detail
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((row) => (
          <tr key={row.id}>
            <td className={styles.small}>
              <Time at={row.at} />
            </td>
            <td className={styles.cut} title={row.principal}>
              {row.principal}
            </td>
            <td>{row.action}</td>
            <td className={styles.cut} title={row.target ?? undefined}>
              {row.target ?? NONE}
            </td>
            <td className={`wide ${styles.small}`}>{row.outcome}</td>
            <td className={`wide ${rows.text}`} title={detailOf(row)}>
              {detailOf(row)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
