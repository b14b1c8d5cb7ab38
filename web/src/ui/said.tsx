// What did the last press come to? One line that stays in view wherever the press was, is read out, and goes by itself.
import { useEffect, useState } from "react";
import styles from "./said.module.css";

/** How long it is said, milliseconds. */
const SAID_MS = 12_000;

/** The text to show and how it is set. */
export function useSaid(): readonly [said: string, say: (text: string) => void] {
  const [said, setSaid] = useState({ text: "" });
  useEffect(() => {
    if (!said.text) return;
    const timer = setTimeout(() => setSaid({ text: "" }), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return [said.text, (text) => setSaid({ text })];
}

export function Said({ text }: { text: string }) {
  return (
    <p role="status" className={styles.said}>
      {text}
    </p>
  );
}
