// What happens, and what happened? Events as they come and as the journal tells them, with a filter and a pause; each opens beside the list.
import { useState } from "react";
import { type EventLine, KINDS, type Kind } from "../live/lines.ts";
import type { LiveState } from "../live/state.ts";
import { usePast } from "../live/use-past.ts";
import { EVENTS, go, goUp } from "../route.ts";
import { EventDrawer } from "../ui/event-drawer.tsx";
import { whomOf } from "../ui/event-list.tsx";
import { EventTable } from "../ui/event-table.tsx";
import { Filter, matches } from "../ui/filter.tsx";
import { many } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { Pause } from "../ui/pause.tsx";
import styles from "./events.module.css";

/** Rows drawn at first, and added each time older ones are asked for. */
const MAX_ROWS = 200;

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  status: "Status changes",
  breaker: "Breakers",
  health: "Health",
  catalog: "Tools, prompts and resources",
  cache: "Cache",
  servers: "Servers added, removed, disabled",
  configuration: "Configuration",
};

interface Narrowing {
  readonly query: string;
  readonly kind: Kind | "";
}

const ALL: Narrowing = { query: "", kind: "" };

function narrowed(events: readonly EventLine[], { query, kind }: Narrowing): EventLine[] {
  return events.filter((line) => {
    if (kind !== "" && line.kind !== kind) return false;
    const what = typeof line.what === "string" ? line.what : line.what.word;
    return matches(query, [whomOf(line), what, line.severity, line.text]);
  });
}

/** The events as they stood at the pause, or as they come. */
function usePause(events: readonly EventLine[]) {
  const [frozen, setFrozen] = useState<readonly EventLine[] | null>(null);
  const toggle = (): void => setFrozen(frozen ? null : events);
  const missed = frozen ? (events[0]?.id ?? 0) - (frozen[0]?.id ?? 0) : 0;
  return { shown: frozen ?? events, paused: frozen !== null, missed, toggle };
}

interface ToolsProps {
  readonly narrowing: Narrowing;
  readonly onNarrow: (narrowing: Narrowing) => void;
  readonly paused: boolean;
  readonly onPause: () => void;
}

function Toolbar({ narrowing, onNarrow, paused, onPause }: ToolsProps) {
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
      <Pause paused={paused} onToggle={onPause} />
    </div>
  );
}

function Empty({ total, onClear }: { total: number; onClear: () => void }) {
  if (total === 0)
    return (
      <Notice
        title="Nothing has happened yet"
        text="Statuses, breakers, connections, tools, the cache: what happens to them stands here, newest first. The list fills by itself."
      />
    );
  return (
    <Notice title="No event matches" text={`${many(total, "event")} stand here; none matches.`}>
      <button type="button" onClick={onClear}>
        Clear filter
      </button>
    </Notice>
  );
}

function countOf(shown: number, total: number, missed: number): string {
  const some = shown < total ? `${shown} of ${many(total, "event")}` : many(total, "event");
  return missed > 0 ? `${some}, ${missed} new since the pause` : some;
}

export function Events({ state, chosen }: { state: LiveState; chosen: number | null }) {
  const { shown: live, paused, missed, toggle } = usePause(state.events);
  const { lines: shown, asked, problem, older } = usePast(state, live);
  const [narrowing, setNarrowing] = useState(ALL);
  const [rows, setRows] = useState(MAX_ROWS);
  const found = narrowed(shown, narrowing);
  const line = shown.find(({ seq }) => chosen !== null && seq === chosen);
  const showOlder = (): void => {
    setRows(rows + MAX_ROWS);
    older?.();
  };
  return (
    <>
      <Toolbar narrowing={narrowing} onNarrow={setNarrowing} paused={paused} onPause={toggle} />
      <p className={`muted ${styles.count}`} data-paused={paused}>
        {paused && <b>Paused. </b>}
        {shown.length > 0 && countOf(Math.min(found.length, rows), shown.length, missed)}
      </p>
      {problem && <p className="muted">{`What happened before this page was opened could not be read. ${problem}`}</p>}
      {found.length > 0 ? (
        <EventTable lines={found.slice(0, rows)} />
      ) : (
        asked && <Empty total={shown.length} onClear={() => setNarrowing(ALL)} />
      )}
      {(older !== null || found.length > rows) && (
        <button type="button" className={styles.older} onClick={showOlder}>
          Show older
        </button>
      )}
      {chosen !== null && (
        <EventDrawer line={line} seq={chosen} onClose={() => goUp({ page: "events", seq: chosen }) || go(EVENTS)} />
      )}
    </>
  );
}
