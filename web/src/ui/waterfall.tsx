// How does the time of a call look? One bar for each layer on the same line of time; the words and figures beside say it without the bars.
import type { CallRecord } from "../../../src/contract/call.ts";
import { OUTCOMES } from "./call-words.ts";
import { duration } from "./format.ts";
import { layersOf } from "./layers.ts";
import { Quantity } from "./quantity.tsx";
import styles from "./waterfall.module.css";

/** The least that is seen, of 100. */
const HAIR = 0.8;

export function Waterfall({ record }: { record: CallRecord }) {
  const { status } = OUTCOMES[record.outcome];
  return (
    <dl className={styles.layers} data-status={status}>
      {layersOf(record).map(({ kind, name, ms, from, share }) => {
        const width = Math.max(HAIR, share * 100);
        return (
          <div key={kind}>
            <dt>{name}</dt>
            <dd className={styles.bar}>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect
                  className={styles[kind]}
                  x={Math.min(100 - width, from * 100)}
                  width={width}
                  height="8"
                  rx="0.4"
                />
              </svg>
            </dd>
            <dd className="number">
              <Quantity figure={duration(ms)} />
            </dd>
          </div>
        );
      })}
      <div className={styles.whole}>
        <dt>In all</dt>
        <dd className={styles.bar} />
        <dd className="number">
          <Quantity figure={duration(record.durationMs)} />
        </dd>
      </div>
    </dl>
  );
}
