// How is something that cannot be undone done? In two presses at one place: the second button repeats the verb and the object.
import { useEffect, useRef, useState } from "react";
import styles from "./confirm.module.css";

interface ConfirmProps {
  /** On the first button. */
  readonly word: string;
  /** What a screen reader hears of it: the verb and the object. Also on the second button. */
  readonly full: string;
  /** Among rows, where many of them stand. */
  readonly quiet?: boolean;
  readonly onConfirm: () => void;
}

export function Confirm({ word, full, quiet = false, onConfirm }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const second = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (asking) second.current?.focus();
    else if (wasAsking.current) first.current?.focus();
    wasAsking.current = asking;
  }, [asking]);
  if (!asking)
    return (
      <button
        ref={first}
        type="button"
        className={quiet ? "quiet" : undefined}
        aria-label={full}
        onClick={() => setAsking(true)}
      >
        {word}
      </button>
    );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc on either button takes the question back
    <span
      className={styles.confirm}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        setAsking(false);
      }}
    >
      <button
        ref={second}
        type="button"
        className={styles.danger}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {full}
      </button>
      <button type="button" className="quiet" onClick={() => setAsking(false)}>
        Keep
      </button>
    </span>
  );
}
