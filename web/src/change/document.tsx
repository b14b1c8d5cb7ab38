// What is configured now? Every value that stands, by server, with those that were set here marked; or the whole of it as JSON.
import { useState } from "react";
import type { ConfigAnswer } from "../../../src/contract/change.ts";
import { holds, isObject, type JsonObject, leavesOf } from "../json/merge.ts";
import { valueText } from "../ui/diff.tsx";
import { many } from "../ui/format.ts";
import styles from "./document.module.css";

interface PartProps {
  readonly title: string;
  /** The names that lead to it in the document. */
  readonly path: readonly string[];
  readonly part: JsonObject;
  readonly changes: JsonObject;
}

function Part({ title, path, part, changes }: PartProps) {
  const leaves = leavesOf(part);
  const here = leaves.filter(([names]) => holds(changes, [...path, ...names])).length;
  return (
    <details className={styles.part}>
      <summary>
        <b>{title}</b>
        <span className="muted">
          {leaves.length === 0
            ? "defaults only"
            : `${many(leaves.length, "value")}${here > 0 ? `, ${here} set here` : ""}`}
        </span>
      </summary>
      {leaves.length > 0 && (
        <table className={styles.values}>
          <caption className="hidden">{title}</caption>
          <colgroup>
            <col className={styles.setting} />
            <col />
            <col className={styles.from} />
          </colgroup>
          <thead className="hidden">
            <tr>
              <th scope="col">Setting</th>
              <th scope="col">Value</th>
              <th scope="col">Where from</th>
            </tr>
          </thead>
          <tbody>
            {leaves.map(([names, value]) => (
              <tr key={names.join("\n")}>
                <th scope="row">{names.join(".")}</th>
                <td className={styles.value}>{valueText(value)}</td>
                <td className="muted">{holds(changes, [...path, ...names]) && "set here"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

const partOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

function Parts({ document, changes }: Pick<ConfigAnswer, "document" | "changes">) {
  return (
    <>
      {Object.entries(partOf(document.mcpServers)).map(([name, entry]) => (
        <Part key={name} title={name} path={["mcpServers", name]} part={partOf(entry)} changes={changes} />
      ))}
      <Part
        title="For all servers, and the gateway itself"
        path={["omni2"]}
        part={partOf(document.omni2)}
        changes={changes}
      />
    </>
  );
}

export function Document({ config }: { config: ConfigAnswer }) {
  const [asJson, setAsJson] = useState(false);
  return (
    <section aria-label="What runs">
      <div className={styles.head}>
        <h2>What runs</h2>
        <button type="button" className="quiet" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>
          As JSON
        </button>
      </div>
      {asJson ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        <pre tabIndex={0} className={styles.json}>
          {JSON.stringify(config.document, null, 2)}
        </pre>
      ) : (
        <Parts document={config.document} changes={config.changes} />
      )}
      <p className={`muted ${styles.files}`}>
        {config.files.length > 0 ? "From " : "No file is read; everything was set here."}
        {config.files.map((file, index) => (
          <span key={file}>
            {index > 0 && ", "}
            <code>{file}</code>
          </span>
        ))}
        {config.files.length > 0 && ". Files are never written from here; what is set here lies over them."}
      </p>
    </section>
  );
}
