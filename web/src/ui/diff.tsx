// What does a change alter? One line per value: its path, what it was and what it becomes, and whether a restart has to come first.
import type { ConfigChange } from "../../../src/contract/change.ts";
import styles from "./diff.module.css";
import { many } from "./format.ts";
import { Marked } from "./marked.tsx";

/** Characters of one value that are shown. */
const MAX_TEXT = 2000;

/** A value as JSON writes it; long ones are cut, and say so. */
export function valueText(value: unknown): string {
  const flat = JSON.stringify(value) ?? "";
  const text = flat.length > 60 ? JSON.stringify(value, null, 2) : flat;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
}

function Line({ change }: { change: ConfigChange }) {
  const { path, before, after, needsRestart } = change;
  return (
    <li>
      <p className={styles.path}>
        <code>{path}</code>
        {needsRestart && <span className={styles.restart}>from the next start on</span>}
      </p>
      <p className={styles.values}>
        {before === undefined ? (
          <span className="muted">not set</span>
        ) : (
          <del>
            <span className="hidden">was </span>
            {valueText(before)}
          </del>
        )}
        <span aria-hidden="true">→</span>
        {after === undefined ? (
          <span className="muted">not set any more</span>
        ) : (
          <ins>
            <span className="hidden">becomes </span>
            {valueText(after)}
          </ins>
        )}
      </p>
    </li>
  );
}

/** How much a change alters: `3 values`, `No value`. */
export const extent = (changes: readonly ConfigChange[]): string =>
  changes.length === 0 ? "No value" : many(changes.length, "value");

export function Diff({ changes }: { changes: readonly ConfigChange[] }) {
  if (changes.length === 0) return <p className="muted">Nothing changes by it.</p>;
  return (
    <ul className={styles.diff} aria-label="What changes">
      {changes.map((change) => (
        <Line key={change.path} change={change} />
      ))}
    </ul>
  );
}

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul className={styles.warnings} aria-label="Warnings">
      {warnings.map((warning) => (
        <li key={warning}>
          <Marked sentence={warning} />
        </li>
      ))}
    </ul>
  );
}
