// Where does focus stay when the button that had it goes away? At the place where its answer comes to stand.
import { type ReactNode, useEffect, useRef } from "react";
import styles from "./keep-focus.module.css";

interface KeepFocusProps {
  /** Changes with what stands here. */
  readonly at: string;
  readonly children: ReactNode;
}

export function KeepFocus({ at, children }: KeepFocusProps) {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(at);
  useEffect(() => {
    if (before.current === at) return;
    before.current = at;
    if (document.activeElement === document.body) place.current?.focus({ preventScroll: true });
  }, [at]);
  return (
    <div ref={place} tabIndex={-1} className={styles.place}>
      {children}
    </div>
  );
}
