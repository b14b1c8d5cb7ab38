// How is one field of a tool's form filled in? A label, its control, its description and its problem, tied together by id.
import { useId } from "react";
import type { Draft, GroupDraft, Problems } from "./draft.ts";
import { draftOf } from "./draft.ts";
import type { Field } from "./fields.ts";
import styles from "./form.module.css";

interface FieldProps<F extends Field = Field> {
  readonly field: F;
  readonly draft: Draft;
  readonly path: string;
  readonly problems: Problems;
  readonly onChange: (draft: Draft) => void;
}

interface ControlProps {
  readonly field: Field;
  readonly text: string;
  readonly ids: {
    readonly id?: string;
    readonly "aria-describedby": string;
    readonly "aria-invalid": boolean;
    readonly "aria-required": boolean;
    readonly "aria-label"?: string;
  };
  readonly onText: (text: string) => void;
}

const asText = (draft: Draft): string => (typeof draft === "string" ? draft : "");
const choiceText = (choice: unknown): string => (typeof choice === "string" ? choice : JSON.stringify(choice));

const TYPES: Readonly<Record<Field["kind"], string>> = {
  text: "text",
  number: "number",
  boolean: "yes or no",
  choice: "one of",
  list: "list",
  group: "group",
  json: "JSON",
};

const typeOf = (field: Field): string =>
  field.kind === "number" && field.integer ? "whole number" : TYPES[field.kind];

function Choice({ field, text, ids, onText }: ControlProps) {
  const options: [string, string][] =
    field.kind === "choice"
      ? field.choices.map((choice, index) => [String(index), choiceText(choice)])
      : [
          ["true", "true"],
          ["false", "false"],
        ];
  return (
    <select {...ids} value={text} onChange={(event) => onText(event.target.value)}>
      {(!field.required || text === "") && <option value="">{field.required ? "Choose…" : "Not given"}</option>}
      {options.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Control(props: ControlProps) {
  const { field, text, ids, onText } = props;
  if (field.kind === "choice" || field.kind === "boolean") return <Choice {...props} />;
  if (field.kind === "json" || (field.kind === "text" && field.look === "long"))
    return (
      <textarea
        {...ids}
        className={field.kind === "json" ? "mono" : undefined}
        rows={field.kind === "json" ? 3 : 1}
        spellCheck={false}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
    );
  return (
    <input
      {...ids}
      type={field.kind === "text" && field.look === "secret" ? "password" : "text"}
      inputMode={field.kind === "number" ? "decimal" : "text"}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => onText(event.target.value)}
    />
  );
}

function Words({ field, id, problem }: { field: Field; id: string; problem: string | undefined }) {
  return (
    <div id={id} className={styles.words}>
      {problem && <p className={styles.problem}>{problem}</p>}
      {field.description && <p>{field.description}</p>}
    </div>
  );
}

function Name({ field }: { field: Field }) {
  return (
    <>
      <span className={styles.name}>{field.name}</span>
      <span className="muted">{field.required ? `${typeOf(field)}, required` : typeOf(field)}</span>
    </>
  );
}

function Scalar({ field, draft, path, problems, onChange }: FieldProps) {
  const id = useId();
  const problem = problems[path];
  const ids = {
    id,
    "aria-describedby": `${id}-words`,
    "aria-invalid": problem !== undefined,
    "aria-required": field.required,
  };
  return (
    <div className={styles.field}>
      <label htmlFor={id}>
        <Name field={field} />
      </label>
      <Control field={field} text={asText(draft)} ids={ids} onText={onChange} />
      <Words field={field} id={`${id}-words`} problem={problem} />
    </div>
  );
}

function List({ field, draft, path, problems, onChange }: FieldProps<Extract<Field, { kind: "list" }>>) {
  const id = useId();
  const items = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const ids = (index: number): ControlProps["ids"] => ({
    "aria-label": `${field.name}, item ${index + 1}`,
    "aria-describedby": `${id}-words`,
    "aria-invalid": problems[`${path}/${index}`] !== undefined,
    "aria-required": false,
  });
  const problem = items.map((_, index) => problems[`${path}/${index}`]).find(Boolean);
  return (
    <fieldset className={styles.field}>
      <legend>
        <Name field={field} />
      </legend>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity but their place
        <div key={index} className={styles.item}>
          <Control
            field={field.item}
            text={asText(item)}
            ids={ids(index)}
            onText={(text) => onChange(items.with(index, text))}
          />
          <button
            type="button"
            aria-label={`Remove item ${index + 1} of ${field.name}`}
            onClick={() => onChange(items.toSpliced(index, 1))}
          >
            Remove
          </button>
        </div>
      ))}
      <button type="button" onClick={() => onChange([...items, draftOf(field.item, field.item.initial)])}>
        {`Add to ${field.name}`}
      </button>
      <Words field={field} id={`${id}-words`} problem={problem} />
    </fieldset>
  );
}

function Group({ field, draft, path, problems, onChange }: FieldProps<Extract<Field, { kind: "group" }>>) {
  const drafts = (typeof draft === "object" && !Array.isArray(draft) ? draft : {}) as GroupDraft;
  return (
    <fieldset className={`${styles.field} ${styles.group}`}>
      <legend>
        <Name field={field} />
      </legend>
      {field.description && <p className="muted">{field.description}</p>}
      {field.fields.map((inner) => (
        <FormField
          key={inner.name}
          field={inner}
          path={`${path}/${inner.name}`}
          draft={drafts[inner.name] ?? ""}
          problems={problems}
          onChange={(next) => onChange({ ...drafts, [inner.name]: next })}
        />
      ))}
    </fieldset>
  );
}

export function FormField({ field, ...rest }: FieldProps) {
  if (field.kind === "list") return <List field={field} {...rest} />;
  if (field.kind === "group") return <Group field={field} {...rest} />;
  return <Scalar field={field} {...rest} />;
}
