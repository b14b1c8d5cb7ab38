// Which keys are there, whose, and are they used? Valid ones with their revoking, the others as a record.
import type { KeyView } from "../../../src/contract/access.ts";
import { useClock } from "../clock.ts";
import { Confirm } from "../ui/confirm.tsx";
import rows from "../ui/rows.module.css";
import { Time } from "../ui/time.tsx";
import styles from "./access.module.css";
import { standingOf } from "./words.ts";

const isoOf = (at: number): string => new Date(at).toISOString();

const At = ({ at, none }: { at: number | null; none: string }) => (at === null ? none : <Time at={at} />);

interface RowProps {
  readonly view: KeyView;
  readonly onRevoke: (view: KeyView) => void;
}

function Row({ view, onRevoke }: RowProps) {
  const standing = standingOf(view, useClock());
  return (
    <tr data-standing={standing}>
      <th scope="row" className={`${rows.name} ${styles.name}`} title={`Id ${view.id}, made by ${view.createdBy}`}>
        {view.name}
      </th>
      <td>{view.role}</td>
      <td className={`wide ${styles.small}`}>
        <Time at={view.createdAt} />
      </td>
      <td className={styles.small}>
        <At at={view.lastUsedAt} none="never" />
      </td>
      <td className={`wide ${styles.small}`}>
        <At at={view.expiresAt} none="never" />
      </td>
      <td className={styles.act}>
        {standing === "valid" ? (
          <Confirm quiet word="Revoke" full={`Revoke ${view.name}`} onConfirm={() => onRevoke(view)} />
        ) : (
          <span className={styles.small} title={view.revokedAt === null ? undefined : isoOf(view.revokedAt)}>
            {standing}
          </span>
        )}
      </td>
    </tr>
  );
}

interface TableProps {
  readonly keys: readonly KeyView[];
  readonly onRevoke: (view: KeyView) => void;
}

export function KeyTable({ keys, onRevoke }: TableProps) {
  return (
    <table className={rows.dense}>
      <caption>Access keys</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col" className="wide">
            Created
          </th>
          <th scope="col">Last used</th>
          <th scope="col" className="wide">
            Expires
          </th>
          <th scope="col">
            <span className="hidden">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((view) => (
          <Row key={view.id} view={view} onRevoke={onRevoke} />
        ))}
      </tbody>
    </table>
  );
}
