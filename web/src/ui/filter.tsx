// What narrows a list? One field that `/` reaches and Esc empties, then leaves.
import styles from "./filter.module.css";

interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Filter({ label, value, onChange }: FilterProps) {
  return (
    <div className={styles.filter}>
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        data-filter
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
      <span className="key" aria-hidden="true">
        /
      </span>
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
