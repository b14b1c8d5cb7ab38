// How does a client's configuration become a form? Pasted, read, and taken out of sight again, for it may hold secrets.
import { type ClipboardEvent, useId, useState } from "react";
import styles from "./add.module.css";
import { entriesOf, type PastedEntry } from "./entries.ts";

interface PasteProps {
  readonly onEntries: (entries: readonly [PastedEntry, ...PastedEntry[]]) => void;
}

const EXAMPLE = '{ "mcpServers": { "files": { "command": "npx", "args": ["…"] } } }';

export function Paste({ onEntries }: PasteProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  const read = (from: string): boolean => {
    const pasted = entriesOf(from);
    setProblem(pasted.problem ?? "");
    if (pasted.problem !== undefined) return false;
    setText("");
    onEntries(pasted.entries);
    return true;
  };
  /** What is whole when it is pasted is read at once; anything else can be mended first. */
  const onPaste = (event: ClipboardEvent): void => {
    if (text === "" && read(event.clipboardData.getData("text"))) event.preventDefault();
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id}>Paste a client's configuration</label>
      <textarea
        id={id}
        className="mono"
        rows={3}
        spellCheck={false}
        placeholder={EXAMPLE}
        value={text}
        aria-invalid={problem !== ""}
        aria-describedby={`${id}-words`}
        onPaste={onPaste}
        onChange={(event) => {
          setText(event.target.value);
          setProblem("");
        }}
      />
      <p id={`${id}-words`} className={problem ? styles.problem : "muted"}>
        {problem ||
          "From Claude, Cursor, VS Code and others: the whole file, or one entry. It fills in the form below."}
      </p>
      {text !== "" && (
        <p className={styles.buttons}>
          <button type="button" onClick={() => read(text)}>
            Fill in the form
          </button>
        </p>
      )}
    </div>
  );
}
