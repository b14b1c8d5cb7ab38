// How is a list that moves made to stand? One button, and the key p where nothing lies over the page.
import { covered, useKeys } from "../keys.ts";
import styles from "./pause.module.css";

export function Pause({ paused, onToggle }: { paused: boolean; onToggle: () => void }) {
  useKeys((word) => {
    if (word !== "p" || covered()) return false;
    onToggle();
    return true;
  });
  return (
    <button type="button" className={styles.pause} aria-pressed={paused} onClick={onToggle}>
      Pause
      <span className="key" aria-hidden="true">
        p
      </span>
    </button>
  );
}
