// What narrows a list? One field that `/` reaches and Esc empties, then leaves.
import { useId } from "react";
import styles from "./filter.module.css";

interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Words that are offered while one is typed. */
  readonly known?: readonly string[];
  /** One beside the field that `/` reaches. */
  readonly second?: boolean;
}

export function Filter({ label, value, onChange, known = [], second = false }: FilterProps) {
  const list = useId();
  return (
    <div className={styles.filter}>
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        list={known.length > 0 ? list : undefined}
        data-filter={second ? undefined : ""}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (value) onChange("");
          else event.currentTarget.blur();
        }}
      />
      {!second && (
        <span className="key" aria-hidden="true">
          /
        </span>
      )}
      {known.length > 0 && (
        <datalist id={list}>
          {known.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
    </div>
  );
}

/** Whether every word of the query occurs in one of the texts; letter case does not matter. */
export function matches(query: string, texts: readonly (string | null)[]): boolean {
  const text = texts.join(" ").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
