// How does a figure stand on the page? The value, and its unit smaller and muted after a thin gap.
import { type Figure, NONE } from "./format.ts";
import styles from "./quantity.module.css";
import { Sparkline, type Trend } from "./sparkline.tsx";

export function Quantity({ figure }: { figure: Figure | null }) {
  if (figure === null) return <span className="muted">{NONE}</span>;
  return (
    <>
      {figure.value}
      {figure.unit && <small className={styles.unit}>{figure.unit}</small>}
    </>
  );
}

export interface FigureLine {
  readonly label: string;
  readonly figure: Figure | null;
  /** A qualification such as "since start". */
  readonly beside?: string;
  /** How it went. */
  readonly trend?: Trend;
}

/** The row of large figures at the top of a page. */
export function Figures({ lines }: { lines: readonly FigureLine[] }) {
  return (
    <dl className={styles.figures}>
      {lines.map(({ label, figure, beside, trend }) => (
        <div key={label} data-trend={trend !== undefined}>
          <dt>{label}</dt>
          <dd>
            <Quantity figure={figure} />
            {beside && <small className={styles.beside}>{beside}</small>}
          </dd>
          {trend && (
            <dd className={styles.trend}>
              <Sparkline {...trend} />
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
