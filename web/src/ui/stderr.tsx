// What did the server's process write last? The tail that the gateway keeps, read again while it is open.
import { useAnswer } from "../live/use-answer.ts";
import styles from "./stderr.module.css";

const AGAIN_MS = 2000;

export function Stderr({ server }: { server: string }) {
  const { value, problem } = useAnswer(
    "GET /api/servers/{name}/stderr",
    { params: { name: server } },
    { everyMs: AGAIN_MS },
  );
  const lines = value?.lines ?? [];
  return (
    <section aria-label="Standard error">
      <h2>Standard error</h2>
      {problem && <p className="muted">{problem}</p>}
      {value && lines.length === 0 && <p className="muted">The process has written nothing.</p>}
      {lines.length > 0 && (
        <pre
          className={styles.tail}
          role="log"
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
          tabIndex={0}
          aria-label={`Last lines of ${server}'s standard error`}
        >
          {lines.join("\n")}
        </pre>
      )}
    </section>
  );
}
