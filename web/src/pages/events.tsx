// What happens, and what happened? Events as they come and as the journal tells them, with a filter, a pause and a way to any moment; each opens beside the list.
import { useState } from "react";
import type { EventLine } from "../live/lines.ts";
import type { LiveState } from "../live/state.ts";
import { usePast } from "../live/use-past.ts";
import { EVENTS, go, goUp } from "../route.ts";
import { EventDrawer } from "../ui/event-drawer.tsx";
import { EventTable } from "../ui/event-table.tsx";
import { ALL, EventTools, NoEvent, narrowed } from "../ui/event-tools.tsx";
import { many } from "../ui/format.ts";
import { MomentForm } from "../ui/moment-form.tsx";
import { Notice } from "../ui/notice.tsx";
import { Pause } from "../ui/pause.tsx";
import styles from "./events.module.css";

/** Rows drawn at first, and added each time older ones are asked for. */
const MAX_ROWS = 200;

/** The events as they stood at the pause, or as they come. */
function usePause(events: readonly EventLine[]) {
  const [frozen, setFrozen] = useState<readonly EventLine[] | null>(null);
  const toggle = (): void => setFrozen(frozen ? null : events);
  const missed = frozen ? (events[0]?.id ?? 0) - (frozen[0]?.id ?? 0) : 0;
  return { shown: frozen ?? events, paused: frozen !== null, missed, toggle };
}

function Empty({ total, onClear }: { total: number; onClear: () => void }) {
  if (total > 0) return <NoEvent total={total} onClear={onClear} />;
  return (
    <Notice
      title="Nothing has happened yet"
      text="Statuses, breakers, connections, tools, the cache: what happens to them stands here, newest first. The list fills by itself."
    />
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
      <EventTools narrowing={narrowing} onNarrow={setNarrowing}>
        <Pause paused={paused} onToggle={toggle} />
        <MomentForm at={null} />
      </EventTools>
      <p className={`muted ${styles.count}`} data-paused={paused}>
        {paused && <b>Paused. </b>}
        {shown.length > 0 && countOf(Math.min(found.length, rows), shown.length, missed)}
      </p>
      {problem && <p className="muted">{`What happened before this page was opened could not be read. ${problem}`}</p>}
      {found.length > 0 ? (
        <EventTable lines={found.slice(0, rows)} at={null} />
      ) : (
        asked && <Empty total={shown.length} onClear={() => setNarrowing(ALL)} />
      )}
      {(older !== null || found.length > rows) && (
        <button type="button" className={styles.older} onClick={showOlder}>
          Show older
        </button>
      )}
      {chosen !== null && (
        <EventDrawer
          line={line}
          seq={chosen}
          onClose={() => goUp({ page: "events", at: null, seq: chosen }) || go(EVENTS)}
        />
      )}
    </>
  );
}
