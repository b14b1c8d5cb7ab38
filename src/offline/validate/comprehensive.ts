// Does the running gateway do what it is for? Whole scenarios with MCP servers of this program's own, twice in a row: what one
// round leaves behind would show in the next. Everything it adds it removes again, also after a failure and on Ctrl-C.
import type { GatewayAddress } from "#cli/gateway.ts";
import type { Terminal } from "#cli/terminal.ts";
import { isLoopbackHost } from "#config/loopback.ts";
import { sessionSchema } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import { cacheScenario, servingScenario, slowScenario } from "./call-scenarios.ts";
import { demandSame, demandShape, runSection, type SectionPlan, type SectionResult } from "./check.ts";
import { failureScenario } from "./failure-scenario.ts";
import { leftoverScenario } from "./leftover-scenario.ts";
import { createReporter, type Reporter } from "./print.ts";
import { FEED_MS, openRound, type Round } from "./round.ts";
import { createVisitor, type Visitor } from "./visitor.ts";

const ROUNDS = 2;
/** More than any wait of a step, in milliseconds. */
const LIMIT_MS = 25_000;

export interface ComprehensiveOptions {
  readonly json: boolean;
  /** Ends the scenarios; what was added is removed all the same. */
  readonly signal: AbortSignal;
}

/** Prints a line per check and answers the exit code: 0 when all of both rounds passed, else 1. Throws USAGE for a gateway elsewhere. */
export async function validateComprehensive(
  address: GatewayAddress,
  terminal: Terminal,
  { json, signal }: ComprehensiveOptions,
): Promise<number> {
  if (!isLoopbackHost(new URL(address.url).hostname)) throw elsewhere(address.url);
  const reporter = createReporter(terminal, json);
  const visitor = await createVisitor(address);
  const results = [await runOne(letsIn(visitor), reporter, signal)];
  for (let round = 1; round <= ROUNDS && results[0]?.ok && !signal.aborted; round++) {
    const sections = await playRound(visitor, { reporter, signal, title: `Round ${round} of ${ROUNDS}` });
    results.push(...sections);
  }
  return reporter.verdict(results, "sections");
}

const elsewhere = (url: string): Fault =>
  new Fault(
    "USAGE",
    `validate comprehensive brings MCP servers up on this machine's loopback, which the gateway at ${url} cannot reach. Run it where that gateway runs.`,
  );

const letsIn = (visitor: Visitor): SectionPlan => ({
  title: "Gateway",
  steps: [
    {
      name: "answers, and lets an admin in",
      async look() {
        const { principal, role } = demandShape("/api/session", await visitor.get("/api/session"), sessionSchema);
        demandSame("the role of this token", role, "admin");
        return `${visitor.url}, as ${principal}`;
      },
    },
  ],
});

const greeting = (opening: Promise<Round>): SectionPlan => ({
  title: "Live feed",
  steps: [
    {
      name: "opens and begins with a snapshot",
      async look() {
        const { feed } = await opening;
        await feed.until("a first frame", () => feed.frames.length > 0, FEED_MS);
        demandSame("the first frame", feed.frames[0]?.type, "initial_status");
        return "initial_status";
      },
    },
  ],
});

interface Play {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  readonly title: string;
}

async function playRound(visitor: Visitor, { reporter, signal, title }: Play): Promise<SectionResult[]> {
  const results: SectionResult[] = [];
  const play = async (plan: SectionPlan, until?: AbortSignal): Promise<void> => {
    results.push(await runOne({ ...plan, title: `${title}: ${plan.title}` }, reporter, until));
  };
  const opening = openRound(visitor);
  try {
    await play(greeting(opening), signal);
    if (!results[0]?.ok) return results;
    const round = await opening;
    for (const scenario of [servingScenario, cacheScenario, failureScenario, slowScenario])
      await play(scenario(round), signal);
    // Also after an interruption: whatever was added goes.
    await play(leftoverScenario(round));
  } finally {
    await opening.then(
      (round) => round.close(),
      () => {},
    );
  }
  reporter.share(title, results);
  return results;
}

async function runOne(plan: SectionPlan, reporter: Reporter, signal?: AbortSignal): Promise<SectionResult> {
  reporter.section(plan.title);
  return runSection(plan, { limitMs: LIMIT_MS, onCheck: reporter.check, signal });
}
