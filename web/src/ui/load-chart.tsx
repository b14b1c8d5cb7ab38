// How much was asked of a server over the last day, and how long did it take? Two drawings over one time line; arrow keys tell each step.
import { useMemo } from "react";
import type { ServerMinute } from "../../../src/contract/timeline.ts";
import { useClock } from "../clock.ts";
import { useAnswer } from "../live/use-answer.ts";
import { count, duration, words } from "./format.ts";
import { loadWords, STEPS, type Step, stepsOf, stepWords } from "./load.ts";
import styles from "./load-chart.module.css";
import { minuteOf } from "./slots.ts";
import { useSteps } from "./steps.ts";

const AGAIN_MS = 60_000;
const MINUTE_MS = 60_000;
const HEIGHT = 56;
const TICKS = 4;

type Values = readonly (number | null)[];

const place = (value: number, top: number): string => String(Math.round((1 - value / top) * HEIGHT * 10) / 10);

/** One bar for each value, from the ground. */
const barsOf = (values: Values, top: number): string =>
  values.map((value, index) => (value ? `M${index} ${HEIGHT}V${place(value, top)}h1V${HEIGHT}z` : "")).join("");

/** A line through what is known; one value alone is a dash. */
const lineOf = (values: Values, top: number): string =>
  values
    .map((value, index) => {
      if (value === null) return "";
      return `${(values[index - 1] ?? null) === null ? "M" : "L"}${index} ${place(value, top)}h1`;
    })
    .join("");

interface Layer {
  readonly look: "calls" | "faults" | "mean" | "max";
  readonly name: string;
  readonly values: Values;
}

interface PlotProps {
  readonly title: string;
  readonly layers: readonly Layer[];
  readonly write: (value: number) => string;
  readonly draw: (values: Values, top: number) => string;
  readonly at: number | null;
}

function Plot({ title, layers, write, draw, at }: PlotProps) {
  const highest = Math.max(...layers.flatMap(({ values }) => values.map((value) => value ?? 0)));
  return (
    <div className={styles.plot}>
      <p className={styles.head}>
        <b>{title}</b>
        {layers.map(({ look, name }) => (
          <span key={look} className={styles.legend} data-look={look}>
            {name}
          </span>
        ))}
        <span className={styles.top}>{highest > 0 && `up to ${write(highest)}`}</span>
      </p>
      <svg viewBox={`0 0 ${STEPS} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {at !== null && <rect className={styles.at} x={at - 0.5} y="0" width="2" height={HEIGHT} />}
        {layers.map(({ look, values }) => (
          <path key={look} data-look={look} d={draw(values, highest || 1)} />
        ))}
      </svg>
    </div>
  );
}

function Axis({ steps }: { steps: readonly Step[] }) {
  const every = STEPS / TICKS;
  return (
    <p className={styles.axis} aria-hidden="true">
      {Array.from({ length: TICKS }, (_, tick) => steps[tick * every]).map(
        (step) => step && <span key={step.from}>{minuteOf(step.from)}</span>,
      )}
      <span>now</span>
    </p>
  );
}

const rate = (value: number): string => `${words(count(value))} per minute`;
const length = (value: number): string => words(duration(value));

/** @param minutes of the last 24 hours. */
function Plots({ minutes }: { minutes: readonly ServerMinute[] }) {
  const minute = Math.floor(useClock() / MINUTE_MS);
  const steps = useMemo(() => stepsOf(minutes, minute * MINUTE_MS), [minutes, minute]);
  const { at, handlers } = useSteps(STEPS);
  const step = at === null ? undefined : steps[at];
  const said = loadWords(steps);
  const faults = steps.map((one) => (one.calls === 0 ? 0 : (one.perMinute * one.faults) / one.calls));
  const calls: Layer = { look: "calls", name: "calls", values: steps.map((one) => one.perMinute) };
  const failed: Layer = { look: "faults", name: "without an answer", values: faults };
  const longest: Layer = { look: "max", name: "longest", values: steps.map((one) => one.maxMs) };
  const mean: Layer = { look: "mean", name: "mean", values: steps.map((one) => one.meanMs) };
  return (
    <>
      <p className={styles.said} role={step ? "status" : undefined}>
        {step ? stepWords(step) : said}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys tell its steps one by one */}
      <div role="img" aria-label={said} tabIndex={0} className={styles.plots} {...handlers}>
        <Plot title="Calls" layers={[calls, failed]} write={rate} draw={barsOf} at={at} />
        <Plot title="Latency" layers={[longest, mean]} write={length} draw={lineOf} at={at} />
      </div>
      <Axis steps={steps} />
    </>
  );
}

export function LoadChart({ server }: { server: string }) {
  const { value, problem } = useAnswer(
    "GET /api/servers/{name}/minutes",
    { params: { name: server }, query: { hours: "24" } },
    { everyMs: AGAIN_MS },
  );
  return (
    <section className={styles.load} aria-label="Load">
      <h2>Last 24 hours</h2>
      {problem && <p className="muted">{problem}</p>}
      {value && <Plots minutes={value.items} />}
    </section>
  );
}
