// Can what is shown be trusted as of now? One chip, and a banner when it cannot.
import { useEffect, useState } from "react";
import type { Phase } from "../live/socket.ts";
import { clock, until } from "./format.ts";
import styles from "./live-chip.module.css";
import { Banner } from "./notice.tsx";

/** How long a lost stream is called reconnecting before its data is called stale, milliseconds. */
const STALE_AFTER_MS = 10_000;

export const isStale = (phase: Phase, now: number): boolean =>
  phase.kind === "lost" && now - phase.since >= STALE_AFTER_MS;

function wordsOf(phase: Phase, now: number): string {
  switch (phase.kind) {
    case "live":
      return phase.by === "events" ? "Live, by server-sent events" : "Live";
    case "connecting":
      return "Connecting…";
    case "signed_out":
      return "Signed out";
    case "lost":
      if (isStale(phase, now)) return `Stale since ${clock(phase.since, now)}`;
      return phase.nextTryAt === null ? "Reconnecting…" : `Reconnecting… ${until(phase.nextTryAt, now)}`;
  }
}

/** The browser's own clock, read at each render: it must run on while the gateway's stands still. */
function useBrowserClock(running: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((last) => last + 1), 500);
    return () => clearInterval(timer);
  }, [running]);
  return Date.now();
}

export function LiveChip({ phase }: { phase: Phase }) {
  const now = useBrowserClock(phase.kind === "lost");
  const look = isStale(phase, now) ? "stale" : phase.kind;
  return (
    <span className={styles.chip} data-look={look} data-live={phase.kind}>
      <svg viewBox="0 0 8 8" aria-hidden="true" focusable="false">
        <circle cx="4" cy="4" r={look === "live" ? 4 : 3} />
      </svg>
      {wordsOf(phase, now)}
    </span>
  );
}

export function StaleBanner({ phase }: { phase: Phase }) {
  const now = useBrowserClock(phase.kind === "lost");
  return (
    <div role="alert">
      {phase.kind === "lost" && isStale(phase, now) && (
        <Banner>
          The connection to the gateway was lost at {clock(phase.since, now)}. What you see is from then; the page keeps
          trying.
        </Banner>
      )}
    </div>
  );
}
