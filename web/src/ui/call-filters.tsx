// What narrows the list of calls? Choices that the gateway understands exactly, and the pause.
import { type ReactNode, useEffect, useEffectEvent, useState } from "react";
import type { CallFilter } from "../live/call-log.ts";
import styles from "./call-filters.module.css";
import { DISPOSITIONS, OUTCOMES } from "./call-words.ts";
import { Filter } from "./filter.tsx";

type Key = keyof CallFilter;

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, word: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return (
    <select aria-label={label} value={value ?? ""} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {options.map(([option, word]) => (
        <option key={option} value={option}>
          {word}
        </option>
      ))}
    </select>
  );
}

/** A name is asked for once typing has paused, milliseconds. */
const TYPED_MS = 300;

interface NameProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly known: readonly string[];
  readonly second?: boolean;
  readonly onChange: (value: string) => void;
}

function Name({ value = "", onChange, ...field }: NameProps) {
  const [typed, setTyped] = useState(value);
  const settle = useEffectEvent((text: string) => {
    if (text.trim() !== value) onChange(text.trim());
  });
  useEffect(() => {
    const timer = setTimeout(() => settle(typed), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return <Filter {...field} value={typed} onChange={setTyped} />;
}

const same = (names: readonly string[]) => names.map((name) => [name, name] as const);
const OUTCOME_OPTIONS = Object.entries(OUTCOMES).map(([value, { word }]) => [value, word] as const);
const CACHE_OPTIONS = Object.entries(DISPOSITIONS);

interface FiltersProps {
  readonly filter: CallFilter;
  readonly onChange: (filter: CallFilter) => void;
  readonly servers: readonly string[];
  readonly tools: readonly string[];
  readonly principals: readonly string[];
  /** The pause button. */
  readonly children: ReactNode;
}

export function CallFilters({ filter, onChange, servers, tools, principals, children }: FiltersProps) {
  const set = (key: Key) => (value: string) => {
    const { [key]: _, ...rest } = filter;
    onChange(value ? { ...rest, [key]: value } : rest);
  };
  return (
    <search className={styles.filters}>
      <Name label="Tool" value={filter.tool} known={tools} onChange={set("tool")} />
      <Choice label="Server" all="All servers" value={filter.server} options={same(servers)} onChange={set("server")} />
      <Choice
        label="Outcome"
        all="All outcomes"
        value={filter.outcome}
        options={OUTCOME_OPTIONS}
        onChange={set("outcome")}
      />
      <Choice
        label="Cache"
        all="Cache: all"
        value={filter.disposition}
        options={CACHE_OPTIONS}
        onChange={set("disposition")}
      />
      <Name second label="Asked by" value={filter.principal} known={principals} onChange={set("principal")} />
      {children}
    </search>
  );
}
