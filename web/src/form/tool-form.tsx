// How is a tool tried? A form made of its input schema, or the arguments as JSON; Run sends what is written, nothing more.
import { type KeyboardEvent, type SubmitEvent, useMemo, useRef, useState } from "react";
import type { ToolView } from "../../../src/contract/api.ts";
import type { Problems } from "./draft.ts";
import { FormField } from "./field.tsx";
import { type Field, fieldsOf } from "./fields.ts";
import styles from "./form.module.css";
import { CallResult } from "./result.tsx";
import { useCall } from "./use-call.ts";
import { begin, read, swap, WHOLE, type Written } from "./written.ts";

interface EditorProps {
  readonly fields: readonly Field[];
  readonly written: Written;
  readonly problems: Problems;
  readonly onWritten: (written: Written) => void;
}

function JsonEditor({ text, problem, onText }: { text: string; problem: string; onText: (text: string) => void }) {
  return (
    <div className={styles.field}>
      <label htmlFor="arguments">Arguments</label>
      <textarea
        id="arguments"
        className="mono"
        rows={6}
        spellCheck={false}
        value={text}
        aria-invalid={problem !== ""}
        aria-describedby="arguments-problem"
        onChange={(event) => onText(event.target.value)}
      />
      <p id="arguments-problem" className={styles.problem}>
        {problem}
      </p>
    </div>
  );
}

function Editor({ fields, written, problems, onWritten }: EditorProps) {
  if (written.kind === "json") {
    const onText = (text: string): void => onWritten({ kind: "json", text });
    return <JsonEditor text={written.text} problem={problems[WHOLE] ?? ""} onText={onText} />;
  }
  const { drafts } = written;
  if (fields.length === 0) return <p className="muted">This tool takes no arguments.</p>;
  return fields.map((field) => (
    <FormField
      key={field.name}
      field={field}
      path={field.name}
      draft={drafts[field.name] ?? ""}
      problems={problems}
      onChange={(draft) => onWritten({ kind: "form", drafts: { ...drafts, [field.name]: draft } })}
    />
  ));
}

const runKey = (event: KeyboardEvent<HTMLFormElement>): void => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
};

/** Brings the first wrong field into focus once its problem is on the page. */
const focusProblem = (form: HTMLFormElement | null): void => {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
};

function RunButtons({ running, onGiveUp }: { running: boolean; onGiveUp: () => void }) {
  return (
    <div className={styles.run}>
      <button type="submit" className="primary" aria-disabled={running}>
        Run
      </button>
      {running && (
        <button type="button" onClick={onGiveUp}>
          Give up
        </button>
      )}
      <span className="key" aria-hidden="true">
        Ctrl Enter
      </span>
    </div>
  );
}

function Head({ kind, onSwap }: { kind: Written["kind"]; onSwap: (() => void) | null }) {
  return (
    <div className={styles.head}>
      <h3>Try it</h3>
      {onSwap && (
        <button type="button" className="quiet" onClick={onSwap}>
          {kind === "form" ? "Edit as JSON" : "Edit as form"}
        </button>
      )}
    </div>
  );
}

export function ToolForm({ tool }: { tool: ToolView }) {
  const fields = useMemo(() => fieldsOf(tool.inputSchema), [tool.inputSchema]);
  const [written, setWritten] = useState(() => begin(fields));
  const [problems, setProblems] = useState<Problems>({});
  const { call, run, runPast, giveUp } = useCall(tool.server, tool.name);
  const form = useRef<HTMLFormElement>(null);
  const running = call.kind === "running";
  const onSubmit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (running) return;
    const arguments_ = read(fields, written);
    setProblems(arguments_.problems);
    if (Object.keys(arguments_.problems).length === 0) void run(arguments_.values);
    else focusProblem(form.current);
  };
  const onSwap = (): void => {
    const next = swap(fields ?? [], written);
    setWritten(next.written);
    setProblems(next.problems);
  };
  return (
    <>
      <form
        ref={form}
        noValidate
        className={styles.form}
        aria-label={`Try ${tool.name}`}
        onKeyDown={runKey}
        onSubmit={onSubmit}
      >
        <Head kind={written.kind} onSwap={fields && onSwap} />
        <Editor fields={fields ?? []} written={written} problems={problems} onWritten={setWritten} />
        <RunButtons running={running} onGiveUp={giveUp} />
      </form>
      <CallResult call={call} onRunPast={() => void runPast()} />
    </>
  );
}
