// How does a status look? Shape, word, then colour, in one exhaustive table; without colour nothing is lost.
import type { ReactNode } from "react";
import type { Status } from "../../../src/contract/upstream.ts";
import styles from "./status.module.css";

const LOOKS: Readonly<Record<Status, { word: string; glyph: ReactNode }>> = {
  up: { word: "Up", glyph: <circle className={styles.fill} cx="6" cy="6" r="5" /> },
  degraded: { word: "Degraded", glyph: <path className={styles.fill} d="M6 .8 11.6 11H.4z" /> },
  recovering: { word: "Recovering", glyph: <circle className={styles.ring} cx="6" cy="6" r="4.4" /> },
  down: {
    word: "Down",
    glyph: (
      <>
        <path className={styles.fill} d="M3.6.5h4.8L11.5 3.6v4.8L8.4 11.5H3.6L.5 8.4V3.6z" />
        <path className={styles.cross} d="m4 4 4 4M8 4 4 8" />
      </>
    ),
  },
  paused: { word: "Paused", glyph: <path className={styles.fill} d="M2.5 1h2.6v10H2.5zM6.9 1h2.6v10H6.9z" /> },
  unknown: { word: "Unknown", glyph: <circle className={styles.dashes} cx="6" cy="6" r="4.6" /> },
};

interface MarkProps {
  readonly status: Status;
  /** A record of the past: nothing turns. */
  readonly still?: boolean;
  /** Instead of the status's own, for what is as good or bad as it. */
  readonly word?: string;
}

export function StatusMark({ status, still = false, word }: MarkProps) {
  const { word: own, glyph } = LOOKS[status];
  return (
    <span className={styles.mark} data-status={status} data-still={still}>
      <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        {glyph}
      </svg>
      {word ?? own}
    </span>
  );
}
