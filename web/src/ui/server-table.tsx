// Which servers are there, and how are they? One real table, worst first, its order frozen under pointer and focus.
import { useEffect, useRef, useState } from "react";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { useClock } from "../clock.ts";
import type { Timelines } from "../live/use-timeline.ts";
import { serverHref } from "../route.ts";
import { store, stored } from "../stored.ts";
import { useCalmOrder } from "./calm.ts";
import { duration, NONE } from "./format.ts";
import { worstFirst } from "./order.ts";
import { Quantity } from "./quantity.tsx";
import { useRoving } from "./roving.ts";
import look from "./rows.module.css";
import { noteOf } from "./sentence.ts";
import styles from "./server-table.module.css";
import { StatusMark } from "./status.tsx";
import { Strip } from "./strip.tsx";

/** How long a changed row stays marked, milliseconds. */
const MARK_MS = 3000;

/** Alternates between two marks while a change is fresh, so that each change starts its tint anew. */
function useFreshChange(word: string): "a" | "b" | undefined {
  const before = useRef(word);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (before.current === word) return;
    before.current = word;
    setTurn((last) => last + 1);
  }, [word]);
  useEffect(() => {
    if (turn === 0) return;
    const timer = setTimeout(() => setTurn(0), MARK_MS);
    return () => clearTimeout(timer);
  }, [turn]);
  if (turn === 0) return undefined;
  return turn % 2 ? "a" : "b";
}

function Note({ view }: { view: ServerView }) {
  const note = noteOf(view, useClock());
  return <span title={note}>{note}</span>;
}

interface DayProps {
  readonly view: ServerView;
  readonly timelines: Timelines;
  /** Whether Tab reaches it. */
  readonly reached: boolean;
}

function Day({ view, timelines: { items, problem }, reached }: DayProps) {
  const timeline = items?.find(({ server }) => server === view.name);
  if (timeline) return <Strip timeline={timeline} status={view.status} reached={reached} />;
  return problem === null ? null : (
    <span className="muted" title={problem}>
      {NONE}
    </span>
  );
}

interface RowProps {
  readonly view: ServerView;
  readonly timelines: Timelines;
  readonly link: ReturnType<ReturnType<typeof useRoving>>;
}

function Row({ view, timelines, link }: RowProps) {
  const change = useFreshChange(view.status);
  return (
    <tr className={`${look.row} ${styles.row}`} data-status={view.status} data-change={change}>
      <td>
        <StatusMark status={view.status} />
      </td>
      <th scope="row" className={look.name}>
        <a href={serverHref(view.name)} className={look.open} {...link}>
          {view.name}
        </a>
      </th>
      <td className="wide muted">{view.type}</td>
      <td className="wide number">{view.tools}</td>
      <td className={styles.day}>
        <Day view={view} timelines={timelines} reached={link.tabIndex === 0} />
      </td>
      <td className="number">
        <Quantity figure={view.latency && duration(view.latency.p95)} />
      </td>
      <td className={styles.note}>
        <Note view={view} />
      </td>
    </tr>
  );
}

/** Room for as many rows as there were at the last visit, so that nothing jumps when they come. */
function Reserved() {
  const rows = Math.min(50, Math.max(1, Number(stored("rows")) || 3));
  return Array.from({ length: rows }, (_, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike and never move
    <tr key={row} className={styles.reserved}>
      <td colSpan={7}>
        <span className="late" />
      </td>
    </tr>
  ));
}

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">Status</th>
        <th scope="col">Name</th>
        <th scope="col" className="wide">
          Transport
        </th>
        <th scope="col" className="wide number">
          Tools
        </th>
        <th scope="col">Last 24 h</th>
        <th scope="col" className="number">
          p95
        </th>
        <th scope="col">Note</th>
      </tr>
    </thead>
  );
}

const nameOf = (view: ServerView): string => view.name;

interface ServerTableProps {
  readonly servers: readonly ServerView[];
  readonly loaded: boolean;
  /** How they were over the last 24 hours. */
  readonly timelines: Timelines;
}

export function ServerTable({ servers, loaded, timelines }: ServerTableProps) {
  const { rows, freeze } = useCalmOrder(worstFirst(servers), nameOf);
  const roving = useRoving(rows.map((view) => view.name));
  useEffect(() => {
    if (loaded) store("rows", String(servers.length));
  }, [loaded, servers.length]);
  return (
    <table className={styles.table} aria-busy={!loaded} {...freeze}>
      <caption>Servers</caption>
      <Head />
      <tbody>
        {loaded ? (
          rows.map((view) => <Row key={view.name} view={view} timelines={timelines} link={roving(view.name)} />)
        ) : (
          <Reserved />
        )}
      </tbody>
    </table>
  );
}
