// Which calls have finished, and what happened to each? The newest as they come, narrowed, held and opened; older ones page by page.
import { type RefObject, useEffect, useRef, useState } from "react";
import type { CallRecord } from "../../../src/contract/call.ts";
import { type CallFilter, passes } from "../live/call-log.ts";
import type { LiveState } from "../live/state.ts";
import { type Calls as Known, useCalls } from "../live/use-calls.ts";
import { useVisible } from "../live/use-visible.ts";
import { CALLS, go, goUp, TOOLS } from "../route.ts";
import { CallDrawer } from "../ui/call-drawer.tsx";
import { CallFilters } from "../ui/call-filters.tsx";
import { CallTable } from "../ui/call-table.tsx";
import { useAttention } from "../ui/calm.ts";
import { many } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { Pause } from "../ui/pause.tsx";
import styles from "./calls.module.css";

/** The rows as they stood when they began to be held, and how many newer ones wait. Older ones still follow at the end. */
function useHeld(rows: readonly CallRecord[], hold: boolean) {
  const [held, setHeld] = useState<readonly CallRecord[] | null>(null);
  const holds = hold && rows.length > 0;
  if (holds !== (held !== null)) setHeld(holds ? rows : null);
  const [first, last] = [held?.[0], held?.at(-1)];
  if (!held || !first || !last) return { shown: rows, waiting: 0 };
  const waiting = rows.findIndex(({ id, at }) => id === first.id || at < first.at);
  const older = rows.slice(rows.findIndex(({ id }) => id === last.id) + 1);
  const follow = rows.some(({ id }) => id === last.id) ? older : [];
  return { shown: [...held, ...follow], waiting: Math.max(0, waiting) };
}

interface EmptyProps {
  readonly narrowed: boolean;
  readonly onClear: () => void;
}

function Empty({ narrowed, onClear }: EmptyProps) {
  if (!narrowed)
    return (
      <Notice
        title="No call has finished yet"
        text={
          <>
            Each call of a tool, prompt or resource stands here once it is done, and the list fills by itself. Try a
            tool here, or with <code>omni2 call SERVER TOOL</code>.
          </>
        }
      >
        <button type="button" onClick={() => go(TOOLS)}>
          Go to the tools
        </button>
      </Notice>
    );
  return (
    <Notice title="No call matches" text="Names are compared exactly. New calls that match appear by themselves.">
      <button type="button" onClick={onClear}>
        Clear filter
      </button>
    </Notice>
  );
}

function Nothing({ calls, ...empty }: EmptyProps & { calls: Known }) {
  if (!calls.asked) return <p className="muted late">Asking the gateway…</p>;
  return calls.problem === null && <Empty {...empty} />;
}

interface SaidProps {
  readonly paused: boolean;
  readonly shown: number;
  readonly waiting: number;
  readonly problem: string | null;
}

function Said({ paused, shown, waiting, problem }: SaidProps) {
  const calls = shown > 0 ? `${many(shown, "call")} shown` : "";
  return (
    <p className={`muted ${styles.count}`}>
      {paused && <b>Paused. </b>}
      {calls}
      {waiting > 0 && `, ${waiting} newer held back while you are at the list. `}
      {problem && `${calls && ". "}The journal of calls could not be read. ${problem}`}
    </p>
  );
}

interface ListProps {
  readonly calls: Known;
  readonly narrowed: boolean;
  readonly paused: boolean;
  readonly chosen: string | null;
  readonly onClear: () => void;
}

function List({ calls, narrowed, paused, chosen, onClear }: ListProps) {
  const { attended, watch } = useAttention();
  const { shown, waiting } = useHeld(calls.rows, paused || attended || chosen !== null);
  const record = shown.find(({ id }) => id === chosen);
  return (
    <>
      <Said paused={paused} shown={shown.length} waiting={waiting} problem={calls.problem} />
      {shown.length > 0 ? (
        <CallTable records={shown} watch={watch} />
      ) : (
        <Nothing calls={calls} narrowed={narrowed} onClear={onClear} />
      )}
      {calls.older && (
        <p className={`muted ${styles.older}`}>
          <button type="button" onClick={calls.older}>
            Show older
          </button>
          Of many calls at once the journal keeps a part, faults and slow ones first.
        </p>
      )}
      {chosen !== null && (
        <CallDrawer
          key={chosen}
          id={chosen}
          record={record}
          onClose={() => goUp({ page: "calls", id: chosen }) || go(CALLS)}
        />
      )}
    </>
  );
}

interface FollowedProps extends Omit<ListProps, "calls" | "narrowed"> {
  readonly filter: CallFilter;
  /** The rows that the page knows, for the next filter and for the names it offers. */
  readonly known: RefObject<readonly CallRecord[]>;
}

function Followed({ filter, known, ...list }: FollowedProps) {
  const [seed] = useState(() => known.current.filter((record) => passes(filter, record)));
  const calls = useCalls({ filter, following: useVisible() && !list.paused, seed });
  useEffect(() => {
    known.current = calls.rows;
  });
  return <List {...list} calls={calls} narrowed={Object.keys(filter).length > 0} />;
}

const named = (names: readonly (string | null)[]): string[] =>
  [...new Set(names)].filter((name) => name !== null).sort((a, b) => a.localeCompare(b));

export function Calls({ state, chosen }: { state: LiveState; chosen: string | null }) {
  const [filter, setFilter] = useState<CallFilter>({});
  const [cleared, setCleared] = useState(0);
  const [paused, setPaused] = useState(false);
  const known = useRef<readonly CallRecord[]>([]);
  const clear = (): void => {
    setFilter({});
    setCleared(cleared + 1);
  };
  return (
    <>
      <CallFilters
        key={cleared}
        filter={filter}
        onChange={setFilter}
        servers={named([...state.servers.keys()])}
        tools={named(known.current.map(({ name }) => name))}
        principals={named(known.current.map(({ principal }) => principal))}
      >
        <Pause paused={paused} onToggle={() => setPaused(!paused)} />
      </CallFilters>
      <Followed
        key={JSON.stringify(filter)}
        filter={filter}
        known={known}
        paused={paused}
        chosen={chosen}
        onClear={clear}
      />
    </>
  );
}
