// What did the gateway refuse, and where? Its own words, and each thing that is wrong at its path.
import type { ApiFault } from "../api.ts";
import { sentence } from "./format.ts";
import { Marked } from "./marked.tsx";
import styles from "./refusal.module.css";

export function Refusal({ fault }: { fault: ApiFault }) {
  return (
    <div role="alert" className={styles.refusal}>
      <p>
        <Marked sentence={sentence(fault.message)} />
      </p>
      {fault.issues.length > 0 && (
        <ul>
          {fault.issues.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path && <code>{path}</code>} <Marked sentence={message} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
