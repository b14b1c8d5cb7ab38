// How is a server described by hand? The fields that its kind needs; values that may be secrets are hidden until they are asked for.
import { type ReactNode, useId, useState } from "react";
import { many } from "../ui/format.ts";
import styles from "./add.module.css";
import { type Draft, KINDS, type Kind, type Pair } from "./draft.ts";

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  auto: "Address: HTTP, else server-sent events",
  http: "Address: HTTP only",
  sse: "Address: server-sent events only",
  stdio: "Command on the gateway's machine",
};

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly children: (ids: Ids) => ReactNode;
}

interface Ids {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-words`, "aria-invalid": problem !== undefined })}
      <p id={`${id}-words`} className={problem ? styles.problem : "muted"}>
        {problem ?? hint}
      </p>
    </div>
  );
}

const PLAIN = { autoComplete: "off", spellCheck: false } as const;

interface PairsProps {
  readonly legend: string;
  /** What one of them is called. */
  readonly noun: string;
  readonly pairs: readonly Pair[];
  readonly onPairs: (pairs: readonly Pair[]) => void;
}

function Pairs({ legend, noun, pairs, onPairs }: PairsProps) {
  const [shown, setShown] = useState(false);
  const set = (index: number, change: Partial<Pair>): void =>
    onPairs(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  return (
    <fieldset className={styles.field}>
      <legend>{legend}</legend>
      {pairs.map(({ name, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pairs have no identity but their place
        <div key={index} className={styles.pair}>
          <input
            {...PLAIN}
            aria-label={`Name of ${noun} ${index + 1}`}
            placeholder="Name"
            value={name}
            onChange={(event) => set(index, { name: event.target.value })}
          />
          <input
            {...PLAIN}
            type={shown ? "text" : "password"}
            autoComplete="new-password"
            aria-label={`Value of ${noun} ${index + 1}`}
            placeholder="Value"
            value={value}
            onChange={(event) => set(index, { value: event.target.value })}
          />
          <button
            type="button"
            aria-label={`Remove ${noun} ${index + 1}`}
            onClick={() => onPairs(pairs.toSpliced(index, 1))}
          >
            Remove
          </button>
        </div>
      ))}
      <p className={styles.buttons}>
        <button type="button" onClick={() => onPairs([...pairs, { name: "", value: "" }])}>
          {`Add a ${noun}`}
        </button>
        {pairs.length > 0 && (
          <button type="button" className="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            Show values
          </button>
        )}
      </p>
    </fieldset>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly problemOf: (field: string) => string | undefined;
  readonly onChange: (change: Partial<Draft>) => void;
}

function AddressFields({ draft, problemOf, onChange }: PartProps) {
  return (
    <>
      <Field label="Address" hint="https, or http on the gateway's own machine." problem={problemOf("url")}>
        {(ids) => (
          <input
            {...ids}
            {...PLAIN}
            inputMode="url"
            data-field="url"
            value={draft.url}
            onChange={(event) => onChange({ url: event.target.value })}
          />
        )}
      </Field>
      <Pairs legend="Headers" noun="header" pairs={draft.headers} onPairs={(headers) => onChange({ headers })} />
    </>
  );
}

function CommandFields({ draft, problemOf, onChange }: PartProps) {
  return (
    <>
      <Field label="Command" hint="A program that the gateway starts and keeps running." problem={problemOf("command")}>
        {(ids) => (
          <input
            {...ids}
            {...PLAIN}
            className="mono"
            data-field="command"
            value={draft.command}
            onChange={(event) => onChange({ command: event.target.value })}
          />
        )}
      </Field>
      <Field label="Arguments" hint="One in each line." problem={problemOf("args")}>
        {(ids) => (
          <textarea
            {...ids}
            {...PLAIN}
            className="mono"
            rows={2}
            value={draft.args}
            onChange={(event) => onChange({ args: event.target.value })}
          />
        )}
      </Field>
      <Pairs legend="Environment" noun="variable" pairs={draft.env} onPairs={(env) => onChange({ env })} />
    </>
  );
}

export function EntryForm(props: PartProps) {
  const { draft, problemOf, onChange } = props;
  const carried = Object.keys(draft.rest);
  return (
    <>
      <Field label="Name" hint="Its tools are served as name__tool." problem={problemOf("name")}>
        {(ids) => (
          <input
            {...ids}
            {...PLAIN}
            maxLength={40}
            data-field="name"
            value={draft.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Reached by" problem={problemOf("type")}>
        {(ids) => (
          <select {...ids} value={draft.kind} onChange={(event) => onChange({ kind: event.target.value as Kind })}>
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {KIND_WORDS[kind]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.kind === "stdio" ? <CommandFields {...props} /> : <AddressFields {...props} />}
      {carried.length > 0 && (
        <p className="muted">{`${many(carried.length, "more field")} as pasted: ${carried.join(", ")}.`}</p>
      )}
    </>
  );
}
