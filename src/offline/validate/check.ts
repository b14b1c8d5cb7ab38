// What is a check, and how does a section of them run? Steps one after the other, each told with what was seen and how long it
// took; whatever a step throws is a failure to be told, never an error of the command.
import { isDeepStrictEqual } from "node:util";

/** One thing that must hold. */
export interface Step {
  readonly name: string;
  /** Answers what was seen, in a few words; throws Unmet when that is not what must be. */
  readonly look: () => string | Promise<string>;
}

export interface SectionPlan {
  readonly title: string;
  readonly steps: readonly Step[];
  /** Each step builds on those before it: after a failure the others are not tried. */
  readonly chained?: boolean;
}

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** What was seen; of a failure also what was expected. */
  readonly text: string;
  /** Milliseconds. */
  readonly tookMs: number;
}

export interface SectionResult {
  readonly title: string;
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

/** Something is not as it must be. */
export class Unmet extends Error {
  constructor(expected: string, seen: string) {
    super(`expected ${expected}, saw ${seen}`);
  }
}

/** Throws Unmet unless it holds. */
export function demand(holds: boolean, expected: string, seen: string): asserts holds {
  if (!holds) throw new Unmet(expected, seen);
}

/** Throws Unmet unless both are the same; `what` says what is compared. */
export function demandSame(what: string, seen: unknown, expected: unknown): void {
  demand(isDeepStrictEqual(seen, expected), `${what} ${words(expected)}`, words(seen));
}

/** A published schema, as far as it is needed here. */
interface Shape<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The value, read by its published schema. Throws Unmet with the first place where it is another. */
export function demandShape<T>(what: string, value: unknown, shape: Shape<T>): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Unmet(`${what} as published`, `${issue?.path.map(String).join(".")}: ${issue?.message}`);
}

const MAX_WORDS = 300;

const words = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? String(value))).slice(0, MAX_WORDS);

export interface RunOptions {
  /** Milliseconds allowed for one step. */
  readonly limitMs: number;
  /** Told of every check as soon as it is done. */
  readonly onCheck: (check: CheckResult) => void;
  /** Ends the step under way and leaves out the others. */
  readonly signal?: AbortSignal | undefined;
}

export async function runSection({ title, steps, chained }: SectionPlan, options: RunOptions): Promise<SectionResult> {
  const checks: CheckResult[] = [];
  for (const step of steps) {
    const failed = checks.find(({ ok }) => !ok);
    const skipped = options.signal?.aborted ? "interrupted" : chained && failed ? `"${failed.name}" failed` : undefined;
    const check = skipped === undefined ? await runStep(step, options) : notTried(step, skipped);
    checks.push(check);
    options.onCheck(check);
  }
  return { title, ok: checks.every(({ ok }) => ok), checks };
}

const notTried = ({ name }: Step, why: string): CheckResult => ({
  name,
  ok: false,
  text: `not tried, because ${why}`,
  tookMs: 0,
});

async function runStep({ name, look }: Step, options: RunOptions): Promise<CheckResult> {
  const startedAt = performance.now();
  const done = (ok: boolean, text: string): CheckResult => ({ name, ok, text, tookMs: since(startedAt) });
  try {
    return done(true, await within(options, look));
  } catch (error) {
    if (error instanceof Unmet) return done(false, error.message);
    const seen = error instanceof Error ? error.message : String(error);
    return done(false, `expected no error, saw ${seen}`);
  }
}

const since = (startedAt: number): number => Math.round((performance.now() - startedAt) * 10) / 10;

async function within({ limitMs, signal }: RunOptions, look: Step["look"]): Promise<string> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => limit.reject(new Unmet(`an end within ${limitMs} ms`, "that it still goes on")),
    limitMs,
  );
  const leave = (): void => limit.reject(new Unmet("to come to an end", "an interruption"));
  signal?.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([look(), limit.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
  }
}
