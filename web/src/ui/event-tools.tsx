// What narrows a list of events? Words and a kind, and how none of them looks.
import type { ReactNode } from "react";
import { type EventLine, KINDS, type Kind } from "../live/lines.ts";
import { whomOf } from "./event-list.tsx";
import styles from "./event-tools.module.css";
import { Filter, matches } from "./filter.tsx";
import { many } from "./format.ts";
import { Notice } from "./notice.tsx";

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  status: "Status changes",
  breaker: "Breakers",
  health: "Health",
  catalog: "Tools, prompts and resources",
  cache: "Cache",
  servers: "Servers added, removed, disabled",
  configuration: "Configuration",
};

export interface Narrowing {
  readonly query: string;
  readonly kind: Kind | "";
}

export const ALL: Narrowing = { query: "", kind: "" };

export function narrowed(events: readonly EventLine[], { query, kind }: Narrowing): EventLine[] {
  return events.filter((line) => {
    if (kind !== "" && line.kind !== kind) return false;
    const what = typeof line.what === "string" ? line.what : line.what.word;
    return matches(query, [whomOf(line), what, line.severity, line.text]);
  });
}

interface ToolsProps {
  readonly narrowing: Narrowing;
  readonly onNarrow: (narrowing: Narrowing) => void;
  /** What else stands in the line. */
  readonly children?: ReactNode;
}

export function EventTools({ narrowing, onNarrow, children }: ToolsProps) {
  return (
    <div className={styles.toolbar}>
      <Filter label="Filter events" value={narrowing.query} onChange={(query) => onNarrow({ ...narrowing, query })} />
      <select
        aria-label="Kind of event"
        value={narrowing.kind}
        onChange={(event) => onNarrow({ ...narrowing, kind: event.target.value as Kind | "" })}
      >
        <option value="">All kinds</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {KIND_WORDS[kind]}
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}

export function NoEvent({ total, onClear }: { total: number; onClear: () => void }) {
  return (
    <Notice title="No event matches" text={`${many(total, "event")} stand here; none matches.`}>
      <button type="button" onClick={onClear}>
        Clear filter
      </button>
    </Notice>
  );
}
