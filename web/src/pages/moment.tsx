// What was the situation at a moment, and how did it come to that? The events up to it, the servers as they were, and steps from
// one event to the next, by hand or played. The moment is in the address, so that it can be handed on.
import { useEffect, useEffectEvent, useState } from "react";
import { useClock } from "../clock.ts";
import { covered, useKeys } from "../keys.ts";
import { type Scene, useMoment } from "../live/use-moment.ts";
import { EVENTS, go, goUp, momentHref, replace } from "../route.ts";
import { EventDrawer } from "../ui/event-drawer.tsx";
import { EventTable } from "../ui/event-table.tsx";
import { ALL, EventTools, NoEvent, narrowed } from "../ui/event-tools.tsx";
import { clock, many } from "../ui/format.ts";
import { MomentForm } from "../ui/moment-form.tsx";
import { Notice } from "../ui/notice.tsx";
import { pastSituation } from "../ui/sentence.ts";
import { States } from "../ui/states.tsx";
import styles from "./moment.module.css";

/** While it plays, each event stands so long, milliseconds. */
const STEP_MS = 1_000;

interface Way {
  readonly earlier: (() => void) | null;
  readonly later: (() => void) | null;
  readonly playing: boolean;
  /** Starts or stops it. */
  readonly play: (() => void) | null;
}

/** Steps go from what is shown; none is taken before it is. One that is taken by hand ends the play. */
function useWay(at: number, scene: Scene | null): Way {
  const [wanted, setWanted] = useState(false);
  const shown = scene?.at === at ? scene : null;
  const newest = shown?.lines[0];
  const next = shown?.next ?? null;
  const playing = wanted && (shown === null || next !== null);
  const step = useEffectEvent(() => next !== null && replace(momentHref(next)));
  useEffect(() => {
    if (!playing || shown === null) return;
    const timer = setTimeout(step, STEP_MS);
    return () => clearTimeout(timer);
  }, [playing, shown]);
  const stepTo = (moment: number) => () => {
    setWanted(false);
    replace(momentHref(moment));
  };
  return {
    earlier: newest ? stepTo(newest.at - 1) : null,
    later: next === null ? null : stepTo(next),
    playing,
    play: playing || next !== null ? () => setWanted(!playing) : null,
  };
}

function useWayKeys({ earlier, later, play }: Way): void {
  useKeys((word) => {
    if (covered()) return false;
    if (word === "[") earlier?.();
    else if (word === "]") later?.();
    else if (word === "p") play?.();
    return word === "[" || word === "]" || word === "p";
  });
}

const Key = ({ name }: { name: string }) => (
  <span className="key" aria-hidden="true">
    {name}
  </span>
);

function Steps({ way }: { way: Way }) {
  const { earlier, later, playing, play } = way;
  return (
    <>
      <button type="button" aria-disabled={earlier === null} onClick={() => earlier?.()}>
        Earlier <Key name="[" />
      </button>
      <button type="button" aria-disabled={later === null} onClick={() => later?.()}>
        Later <Key name="]" />
      </button>
      <button type="button" aria-pressed={playing} aria-disabled={play === null} onClick={() => play?.()}>
        Play <Key name="p" />
      </button>
      <a href={EVENTS}>Back to now</a>
    </>
  );
}

function Situation({ scene }: { scene: Scene }) {
  const now = useClock();
  return (
    <section aria-label="The servers at that moment" className={styles.situation}>
      <p role="status">
        <b>{`${clock(scene.at, now)} `}</b>
        {pastSituation(scene.states)}
        {scene.next === null && " Nothing has happened since."}
      </p>
      <States states={scene.states} />
    </section>
  );
}

function countOf(found: number, { lines, more }: Scene): string {
  const all = `${more ? "The last " : ""}${many(lines.length, "event")} up to this moment`;
  return found < lines.length ? `${all}, ${found} shown` : all;
}

function Told({ scene }: { scene: Scene }) {
  const [narrowing, setNarrowing] = useState(ALL);
  const { lines } = scene;
  const found = narrowed(lines, narrowing);
  return (
    <>
      <EventTools narrowing={narrowing} onNarrow={setNarrowing} />
      <p className={`muted ${styles.count}`}>{lines.length > 0 && countOf(found.length, scene)}</p>
      {found.length > 0 && <EventTable lines={found} at={scene.at} />}
      {lines.length > 0 && found.length === 0 && <NoEvent total={lines.length} onClear={() => setNarrowing(ALL)} />}
      {lines.length === 0 && (
        <Notice title="No event is known up to this moment" text="It lies before the first one that is still kept." />
      )}
      {scene.more && (
        <a className={styles.more} href={momentHref(lines.at(-1)?.at ?? scene.at)}>
          What happened before that
        </a>
      )}
    </>
  );
}

export function Moment({ at, chosen }: { at: number; chosen: number | null }) {
  const { scene, refused } = useMoment(at);
  const way = useWay(at, scene);
  useWayKeys(way);
  const problem = refused?.at === at ? refused.words : null;
  const here = { page: "events", at, seq: chosen } as const;
  return (
    <>
      <div className={styles.bar}>
        <MomentForm at={at} />
        <Steps way={way} />
      </div>
      {problem && <p role="alert">{`This moment could not be read. ${problem}`}</p>}
      {scene && <Situation scene={scene} />}
      {scene && <Told scene={scene} />}
      {chosen !== null && (
        <EventDrawer
          line={scene?.lines.find(({ seq }) => seq === chosen)}
          seq={chosen}
          onClose={() => goUp(here) || go(EVENTS)}
        />
      )}
    </>
  );
}
