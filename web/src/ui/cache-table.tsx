// What did the cache do for each server or tool, why not more, and how is it emptied? One row each, with its own clearing.
import type { ReactNode } from "react";
import type { CacheCounts } from "../../../src/contract/cache.ts";
import styles from "./cache-table.module.css";
import { howServed, lookupsOf, whyNot } from "./cache-words.ts";
import { useCalmOrder } from "./calm.ts";
import { Confirm } from "./confirm.tsx";
import { bytes, count, duration, percentage, words } from "./format.ts";
import { Quantity } from "./quantity.tsx";
import look from "./rows.module.css";

export interface CacheRow {
  readonly id: string;
  /** The row's name as a link or text. */
  readonly name: ReactNode;
  /** What its clearing is called: a server, or server / tool. */
  readonly what: string;
  readonly beside: string;
  readonly counts: CacheCounts;
}

interface TableProps<R extends CacheRow> {
  readonly caption: string;
  readonly nameHead: string;
  readonly besideHead: string;
  readonly rows: readonly R[];
  /** Null where the person may not clear. */
  readonly onClear: ((row: R) => void) | null;
}

const keptOf = ({ entries, bytes: size }: CacheCounts): string =>
  entries === 0 ? "" : `${words(count(entries))} in ${words(bytes(size))}`;

function Row({ row, onClear }: { row: CacheRow; onClear: (() => void) | null }) {
  const { counts, what } = row;
  const why = whyNot(counts);
  const lookups = lookupsOf(counts);
  return (
    <tr className={look.row}>
      <th scope="row" className={`${look.name} ${styles.name}`}>
        {row.name}
        <span className={styles.below}>{[row.beside, why].filter(Boolean).join(" · ")}</span>
      </th>
      <td className="wide muted">{row.beside}</td>
      <td className="number">
        <Quantity figure={count(counts.calls)} />
      </td>
      <td
        className="number"
        title={lookups > 0 ? howServed(counts) : "No call could have been answered from the cache"}
      >
        <Quantity figure={lookups > 0 ? percentage(counts.hitRate) : null} />
      </td>
      <td className="number">
        <Quantity figure={counts.savedMs > 0 ? duration(counts.savedMs) : null} />
      </td>
      <td className="wide number muted">{keptOf(counts)}</td>
      <td className={`wide ${look.text}`} title={why}>
        {why}
      </td>
      <td className={styles.clear}>
        {onClear && <Confirm quiet word="Clear" full={`Clear ${what}`} onConfirm={onClear} />}
      </td>
    </tr>
  );
}

const idOf = (row: CacheRow): string => row.id;

export function CacheTable<R extends CacheRow>({
  caption,
  nameHead,
  besideHead,
  rows: sorted,
  onClear,
}: TableProps<R>) {
  const { rows, freeze } = useCalmOrder(sorted, idOf);
  return (
    <table className={styles.table} {...freeze}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{nameHead}</th>
          <th scope="col" className="wide">
            {besideHead}
          </th>
          <th scope="col" className="number">
            Calls
          </th>
          <th scope="col" className="number">
            Rate
          </th>
          <th scope="col" className="number">
            Saved
          </th>
          <th scope="col" className="wide number">
            Kept now
          </th>
          <th scope="col" className="wide">
            Why not more
          </th>
          <th scope="col">
            <span className="hidden">Clear</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} onClear={onClear && (() => onClear(row))} />
        ))}
      </tbody>
    </table>
  );
}
