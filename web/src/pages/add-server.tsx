// How does a server join? Pasted from a client's configuration or described by hand, tried without saving, then saved.
import { useEffect, useId, useRef, useState } from "react";
import type { ServerInput } from "../../../src/contract/api.ts";
import styles from "../add/add.module.css";
import { Discovered } from "../add/discovered.tsx";
import { type Draft, draftOf, EMPTY, entryOf, missingIn } from "../add/draft.ts";
import type { PastedEntry } from "../add/entries.ts";
import { EntryForm } from "../add/form.tsx";
import { Paste } from "../add/paste.tsx";
import { type Trial, useTrial } from "../add/use-trial.ts";
import type { Issue } from "../api.ts";
import { go, SERVERS, serverHref } from "../route.ts";
import { useMay } from "../session.ts";
import { many } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { Refusal } from "../ui/refusal.tsx";
import { Said, useSaid } from "../ui/said.tsx";

const inputOf = (draft: Draft): ServerInput => ({ ...entryOf(draft), name: draft.name.trim() });

const issuesOf = (trial: Trial): readonly Issue[] => (trial.kind === "refused" ? trial.fault.issues : []);

interface ChooseProps {
  readonly entries: readonly PastedEntry[];
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

/** Which of several pasted servers stands in the form. */
function Choose({ entries, chosen, onChoose }: ChooseProps) {
  const id = useId();
  if (entries.length < 2) return null;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{`${many(entries.length, "server")} were read; one at a time`}</label>
      <select id={id} value={chosen} onChange={(event) => onChoose(Number(event.target.value))}>
        {entries.map(({ name }, index) => (
          <option key={name} value={index}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Comes into view by itself: the form is often longer than the window. */
function Outcome({ trial, name }: { trial: Trial; name: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (trial.kind !== "none") place.current?.scrollIntoView({ block: "nearest" });
  }, [trial]);
  return (
    <div ref={place} className={styles.outcome}>
      <OutcomeWords trial={trial} name={name} />
    </div>
  );
}

function OutcomeWords({ trial, name }: { trial: Trial; name: string }) {
  switch (trial.kind) {
    case "none":
      return null;
    case "discovering":
      return <p role="status" className="muted">{`Asking ${name}. A command may have to be downloaded first…`}</p>;
    case "saving":
      return <p role="status" className="muted">{`Saving ${name}…`}</p>;
    case "discovered":
      return <Discovered discovery={trial.discovery} />;
    case "refused":
      return <Refusal fault={trial.fault} />;
  }
}

interface ButtonsProps {
  readonly trial: Trial;
  readonly onDiscover: () => void;
  readonly onDrop: () => void;
}

function Buttons({ trial, onDiscover, onDrop }: ButtonsProps) {
  const busy = trial.kind === "discovering" || trial.kind === "saving";
  return (
    <p className={styles.buttons}>
      <button type="button" aria-disabled={busy} onClick={() => !busy && onDiscover()}>
        Discover
      </button>
      <button type="submit" className="primary" aria-disabled={busy}>
        Save
      </button>
      {trial.kind === "discovering" && (
        <button type="button" className="quiet" onClick={onDrop}>
          Give up
        </button>
      )}
      <span className="muted">Discover tries it and saves nothing.</span>
    </p>
  );
}

/** The pasted servers, which of them stands in the form, and what becomes of them as they are saved. */
function useEntries() {
  const [entries, setEntries] = useState<readonly PastedEntry[]>([]);
  const [chosen, setChosen] = useState(0);
  const [draft, setDraft] = useState(EMPTY);
  const show = (list: readonly PastedEntry[], index: number): void => {
    const one = list[index];
    setEntries(list);
    setChosen(index);
    setDraft(one ? draftOf(one.name, one.entry) : EMPTY);
  };
  return {
    entries,
    chosen,
    draft,
    setDraft,
    show,
    /** Takes out the one that stands in the form; answers how many are left. */
    done: (): number => {
      const left = entries.toSpliced(chosen, 1);
      show(left, 0);
      return left.length;
    },
  };
}

function Adding() {
  const { entries, chosen, draft, setDraft, show, done } = useEntries();
  const [missing, setMissing] = useState<ReturnType<typeof missingIn>>(null);
  const [said, say] = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const { trial, discover, save, drop } = useTrial(({ name }) => {
    const left = done();
    if (left === 0) return go(serverHref(name));
    drop();
    say(`${name} is added. ${many(left, "server")} of those you pasted ${left === 1 ? "is" : "are"} left.`);
  });
  const problemOf = (field: string): string | undefined =>
    missing?.field === field
      ? missing.words
      : issuesOf(trial).find(({ path }) => path === field || path.startsWith(`${field}.`))?.message;
  const attempt = (act: (input: ServerInput) => Promise<void>): void => {
    const lacks = missingIn(draft);
    setMissing(lacks);
    if (lacks) form.current?.querySelector<HTMLElement>(`[data-field=${lacks.field}]`)?.focus();
    else void act(inputOf(draft));
  };
  const renew = (next: () => void): void => {
    next();
    setMissing(null);
    drop();
  };
  return (
    <div className={styles.page}>
      <Paste onEntries={(list) => renew(() => show(list, 0))} />
      <Choose entries={entries} chosen={chosen} onChoose={(index) => renew(() => show(entries, index))} />
      <form
        ref={form}
        noValidate
        className={styles.form}
        aria-label="The server"
        onSubmit={(event) => {
          event.preventDefault();
          if (trial.kind !== "saving") attempt(save);
        }}
      >
        <EntryForm
          draft={draft}
          problemOf={problemOf}
          onChange={(change) => renew(() => setDraft({ ...draft, ...change }))}
        />
        <Buttons trial={trial} onDiscover={() => attempt(discover)} onDrop={drop} />
      </form>
      <Outcome trial={trial} name={draft.name} />
      <Said text={said} />
    </div>
  );
}

export function AddServer() {
  const may = useMay();
  if (may("POST /api/servers")) return <Adding />;
  return (
    <Notice title="Only for admins" text="Adding a server needs the role admin.">
      <a href={SERVERS}>All servers</a>
    </Notice>
  );
}
