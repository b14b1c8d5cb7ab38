// How did a figure go over the last hour? A small line without axes; where nothing is known there is no line.
import styles from "./sparkline.module.css";

const WIDTH = 120;
const HEIGHT = 22;
const ROOM = 2;

export interface Trend {
  /** Oldest first, at equal distances; null where it is not known. */
  readonly values: readonly (number | null)[];
  /** How many values fill the width: fewer begin further right. */
  readonly room: number;
  /** What the line tells, in words. */
  readonly label: string;
}

const place = (value: number): string => String(Math.round(value * 10) / 10);

function lineOf(values: readonly (number | null)[], room: number, top: number): string {
  let drawing = false;
  return values
    .map((value, index) => {
      const move = drawing ? "L" : "M";
      drawing = value !== null;
      if (value === null) return "";
      const x = WIDTH - ((values.length - 1 - index) * WIDTH) / Math.max(1, room - 1);
      const y = HEIGHT - ROOM - (value / top) * (HEIGHT - 2 * ROOM);
      const point = `${place(x)} ${place(y)}`;
      const alone = move === "M" && (values[index + 1] ?? null) === null;
      return `${move}${point}${alone ? "h.1" : ""}`;
    })
    .join("");
}

export function Sparkline({ values, room, label }: Trend) {
  const top = Math.max(...values.map((value) => value ?? 0)) || 1;
  return (
    <svg
      className={styles.sparkline}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      focusable="false"
    >
      <path className={styles.ground} d={`M0 ${HEIGHT - ROOM}H${WIDTH}`} />
      <path className={styles.line} d={lineOf(values, room, top)} />
    </svg>
  );
}
