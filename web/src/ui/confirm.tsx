// How is something that cannot be undone done? In two presses at one place: the second button repeats the verb and the object.
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
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

interface QuestionProps {
  readonly full: string;
  readonly onConfirm: () => void;
  readonly onKeep: () => void;
}

/** Lies over what is beside it, so that nothing moves; has focus from its start. */
function Question({ full, onConfirm, onKeep }: QuestionProps) {
  const danger = useRef<HTMLButtonElement>(null);
  useEffect(() => danger.current?.focus(), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc on either button takes the question back
    <span
      className={styles.question}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onKeep();
      }}
    >
      <button ref={danger} type="button" className={styles.danger} onClick={onConfirm}>
        {full}
      </button>
      <button type="button" className="quiet" onClick={onKeep}>
        Keep
      </button>
    </span>
  );
}

export function Confirm({ word, full, quiet = false, onConfirm }: ConfirmProps) {
  const [asking, setAsking] = useState(false);
  const first = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    flushSync(() => setAsking(false));
    first.current?.focus();
  };
  return (
    <span className={styles.place} data-quiet={quiet}>
      <button
        ref={first}
        type="button"
        className={quiet ? "quiet" : undefined}
        hidden={asking}
        aria-label={full}
        onClick={() => setAsking(true)}
      >
        {word}
      </button>
      {asking && (
        <Question
          full={full}
          onKeep={close}
          onConfirm={() => {
            close();
            onConfirm();
          }}
        />
      )}
    </span>
  );
}
