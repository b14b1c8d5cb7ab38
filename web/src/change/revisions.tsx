// How did the configuration come to be as it is? Each applied change, newest first: when, by whom, from where, and what; each opens.
import type { ConfigRevision } from "../../../src/contract/change.ts";
import { revisionHref } from "../route.ts";
import { extent } from "../ui/diff.tsx";
import { useRoving } from "../ui/roving.ts";
import rows from "../ui/rows.module.css";
import { Time } from "../ui/time.tsx";
import styles from "./revisions.module.css";

/** Where a revision came from. */
const SOURCE_WORDS: Readonly<Record<ConfigRevision["source"], string>> = {
  start: "found at a start",
  file: "a file was edited",
  rest: "set here",
  rollback: "rolled back",
};

/** How a revision came about; a person is named. */
export const howOf = ({ source, by }: ConfigRevision): string =>
  source === "rest" || source === "rollback" ? `${SOURCE_WORDS[source]} by ${by}` : (SOURCE_WORDS[source] ?? source);

const summaryOf = ({ changes }: ConfigRevision): string =>
  changes.length === 0 ? "—" : changes.map(({ path }) => path).join(", ");

type Roving = ReturnType<typeof useRoving>;

function Row({ revision, roving }: { revision: ConfigRevision; roving: Roving }) {
  const { n, at, by, source, changes } = revision;
  return (
    <tr className={rows.row}>
      <th scope="row" className={rows.name}>
        <a className={rows.open} href={revisionHref(n)} aria-label={`Revision ${n}`} {...roving(String(n))}>
          {n}
        </a>
      </th>
      <td className={rows.time}>
        <Time at={at} />
      </td>
      <td className={styles.by}>{by}</td>
      <td className={`wide ${styles.source}`}>{SOURCE_WORDS[source] ?? source}</td>
      <td className={rows.text} title={summaryOf(revision)}>
        <span className="hidden">{`${extent(changes)}: `}</span>
        {summaryOf(revision)}
      </td>
    </tr>
  );
}

export function Revisions({ revisions }: { revisions: readonly ConfigRevision[] }) {
  const roving = useRoving(revisions.map(({ n }) => String(n)));
  return (
    <table className={rows.dense}>
      <caption>Revisions</caption>
      <thead>
        <tr>
          <th scope="col">No.</th>
          <th scope="col">When</th>
          <th scope="col">By</th>
          <th scope="col" className="wide">
            How
          </th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {revisions.map((revision) => (
          <Row key={revision.n} revision={revision} roving={roving} />
        ))}
      </tbody>
    </table>
  );
}
