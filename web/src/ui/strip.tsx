// How was a server over the last day, at a glance? One bar for each half hour: its height and colour are its status. Arrow keys tell each.
import { useMemo } from "react";
import type { ServerTimeline } from "../../../src/contract/timeline.ts";
import type { Status } from "../../../src/contract/upstream.ts";
import { useClock } from "../clock.ts";
import { go, serverHref } from "../route.ts";
import { SLOTS, type Slot, slotsOf, slotWords, timelineWords } from "./slots.ts";
import { useSteps } from "./steps.ts";
import styles from "./strip.module.css";

const PITCH = 4;
const BAR = 3;
const TALL = 18;
/** While nothing changes the last bar is looked at again after so long, milliseconds. */
const REDRAWN_MS = 15_000;
const HEIGHTS: Readonly<Record<Status, number>> = {
  up: 7,
  degraded: 12,
  recovering: 7,
  down: TALL,
  paused: 3,
  unknown: 3,
};

/** All bars of one status as one shape; a recovering bar is an outline. */
function shapeOf(slots: readonly Slot[], status: Status): string {
  const height = HEIGHTS[status];
  const inset = status === "recovering" ? 0.5 : 0;
  const [width, rise] = [BAR - 2 * inset, height - 2 * inset];
  return slots
    .map((slot, index) =>
      slot.status === status ? `M${index * PITCH + inset} ${TALL - inset}v-${rise}h${width}v${rise}z` : "",
    )
    .join("");
}

const barsOf = (slots: readonly Slot[]) =>
  (Object.keys(HEIGHTS) as Status[]).map((status) => (
    <path key={status} data-status={status} d={shapeOf(slots, status)} />
  ));

interface StripProps {
  readonly timeline: ServerTimeline;
  /** What the server is now. */
  readonly status: Status;
  /** Whether Tab reaches it. */
  readonly reached: boolean;
}

export function Strip({ timeline, status, reached }: StripProps) {
  const now = useClock();
  const { spans } = timeline;
  const moment = Math.max(Math.floor(now / REDRAWN_MS) * REDRAWN_MS, spans.at(-1)?.from ?? 0);
  const slots = useMemo(() => slotsOf(spans, status, moment), [spans, status, moment]);
  const bars = useMemo(() => barsOf(slots), [slots]);
  const { at, handlers } = useSteps(SLOTS);
  const slot = at === null ? undefined : slots[at];
  return (
    <span className={styles.strip}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: for keys there is the row's link, which it lies over */}
      <span
        role="img"
        aria-label={timelineWords(timeline, now)}
        tabIndex={reached ? 0 : -1}
        className={styles.image}
        onClick={() => go(serverHref(timeline.server))}
        {...handlers}
      >
        <svg
          viewBox={`0 0 ${SLOTS * PITCH - 1} ${TALL}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          focusable="false"
        >
          {slot && (
            <rect className={styles.at} x={slots.indexOf(slot) * PITCH - 0.5} y="0" width={PITCH} height={TALL} />
          )}
          {bars}
        </svg>
      </span>
      {slot && (
        <span className={styles.told} role="status">
          {slotWords(slot, timeline.server)}
        </span>
      )}
    </span>
  );
}
