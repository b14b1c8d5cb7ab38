// How does anything lie over the page? The native modal dialog: it keeps focus inside, closes on Esc and gives focus back.
import { type ReactNode, useLayoutEffect, useRef } from "react";
import styles from "./dialog.module.css";

interface DialogProps {
  readonly label: string;
  readonly shape: "drawer" | "box" | "palette";
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ label, shape, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  const close = (): void => {
    if (ref.current) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the key; the click is one on the page beside the dialog
    <dialog
      ref={ref}
      className={styles[shape]}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={close}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div className={styles.inside}>
        <button
          type="button"
          className={`quiet ${styles.close}`}
          onClick={close}
          aria-label="Close"
          title="Close (Esc)"
        >
          <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">
            <path d="m2 2 8 8M10 2 2 10" />
          </svg>
        </button>
        {children}
      </div>
    </dialog>
  );
}
