// What did the server's process write last? The tail that the gateway keeps, read again while it is open.
import { useEffect, useState } from "react";
import { ApiFault, api } from "../api.ts";
import styles from "./server-drawer.module.css";

const AGAIN_MS = 2000;

export function Stderr({ server }: { server: string }) {
  const [lines, setLines] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const answer = await api("GET /api/servers/{name}/stderr", { params: { name: server }, signal: life.signal });
        setLines(answer.lines);
        setProblem(null);
      } catch (error) {
        if (!life.signal.aborted) setProblem(error instanceof ApiFault ? error.message : "It could not be read.");
      }
      if (!life.signal.aborted) timer = setTimeout(() => void read(), AGAIN_MS);
    };
    void read();
    return () => {
      life.abort();
      clearTimeout(timer);
    };
  }, [server]);
  return (
    <section className={styles.section}>
      <h3>Standard error</h3>
      {problem && <p className="muted">{problem}</p>}
      {lines?.length === 0 && <p className="muted">The process has written nothing.</p>}
      {lines !== null && lines.length > 0 && (
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
