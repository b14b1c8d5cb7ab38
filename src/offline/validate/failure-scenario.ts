// Does a server that fails end like it should? Its breaker opens and says so everywhere, the others notice nothing, and once it is
// mended it comes back without anybody's help.
import type { Frame } from "#contract/event.ts";
import { isObject } from "#lib/json.ts";
import { called, errorCode } from "./call-scenarios.ts";
import { demand, demandSame, type SectionPlan, Unmet } from "./check.ts";
import { frameWords } from "./feed-reader.ts";
import { FEED_MS, OPEN_MS, PATIENCE_MS, type Round } from "./round.ts";
import { type Answer, excerpt, pause } from "./visitor.ts";

const MAX_CALLS = 10;
const LOG_EVERY_MS = 100;

export const failureScenario = (round: Round): SectionPlan => ({
  title: "Circuit Breaker",
  chained: true,
  steps: [
    {
      name: "failures open the breaker, and a refused call does not reach the server",
      async look() {
        const { failing } = round.servers;
        failing.break();
        for (let count = 1; count <= MAX_CALLS; count++) {
          const before = failing.calls();
          const answer = await round.call("failing", { cache: "bypass" });
          demand(answer.status >= 500, "HTTP 5xx", excerpt(answer));
          if (errorCode(answer.json) !== "BREAKER_OPEN") continue;
          demandSame("calls at the server by the refused one", failing.calls() - before, 0);
          return `${refusal(answer)} at call ${count}, which did not reach it`;
        }
        throw new Unmet(`BREAKER_OPEN within ${MAX_CALLS} calls`, "faults of the server only");
      },
    },
    {
      name: "the live feed tells the outage in order",
      look: () => hears(round, ["circuit open", "status down", "circuit half_open", "failure", "circuit open"]),
    },
    {
      name: "mended, it comes back without help",
      async look() {
        const startedAt = performance.now();
        round.servers.failing.mend();
        const isWell = ({ status, circuitState }: { status: string; circuitState: string }): boolean =>
          status === "up" && circuitState === "closed";
        await round.viewUntil("failing", `${round.name("failing")} up, breaker closed`, isWell);
        const tookMs = Math.round(performance.now() - startedAt);
        await called(round, "failing", { cache: "bypass" });
        return `up and called again after ${tookMs} ms`;
      },
    },
    {
      name: "the live feed tells the recovery in order",
      look: () => hears(round, ["circuit open", "status down", "circuit half_open", "circuit closed", "status up"]),
    },
    { name: "no frame is missing", look: () => complete(round) },
    { name: "the health log holds the outage", look: () => logged(round) },
    {
      name: "the healthy server noticed nothing",
      look() {
        const own = storyOf(round, "healthy").filter((word) => word !== "status up");
        demandSame("status, breaker and failures of the healthy server", own, []);
        return "no change";
      },
    },
  ],
});

function refusal({ status, json }: Answer): string {
  const error = isObject(json) && isObject(json.error) ? json.error : {};
  const { retryAfterMs } = error;
  const fits = typeof retryAfterMs === "number" && retryAfterMs > 0 && retryAfterMs <= OPEN_MS;
  demand(status === 503 && fits, `HTTP 503 with retryAfterMs up to ${OPEN_MS}`, `HTTP ${status}, ${retryAfterMs}`);
  return `BREAKER_OPEN with retryAfterMs ${retryAfterMs}`;
}

const FAILURES: readonly string[] = ["probe_failed", "connect_failed"];

/** What the live feed told of one server, without what is not asked about here. */
function storyOf(round: Round, actor: "healthy" | "failing"): string[] {
  const name = round.name(actor);
  return round.feed.frames.flatMap((frame) => {
    if (!("name" in frame.data) || frame.data.name !== name) return [];
    if (frame.type === "mcp_status_change") return [`status ${frame.data.new_status}`];
    if (frame.type === "circuit_breaker_state") return [`circuit ${frame.data.new_state}`];
    return frame.type === "health_event" && FAILURES.includes(frame.data.event_type) ? ["failure"] : [];
  });
}

/** Waits until these were told of the failing server, one after the other and others between them. */
async function hears(round: Round, words: readonly string[]): Promise<string> {
  const told = (): boolean => {
    let at = 0;
    for (const word of storyOf(round, "failing")) if (word === words[at]) at++;
    return at === words.length;
  };
  await round.feed.until(words.join(", "), told, FEED_MS);
  return words.join(", ");
}

/** Numbers grow, and none was left out that this view should have had. */
function complete({ feed }: Round): string {
  demandSame("frames that are not as published", feed.garbage, []);
  let last: number | undefined;
  let counted = 0;
  for (const frame of feed.frames) {
    const { seq, prev } = frame;
    if (seq === undefined) continue;
    if (last !== undefined && prev !== undefined) {
      demand(prev <= last && seq > last, `a number after ${last}`, gapWords(frame));
      counted++;
    }
    last = seq;
  }
  return `${counted} events, numbered without a gap`;
}

const gapWords = (frame: Frame): string => `${frameWords(frame)} with number ${frame.seq} after ${frame.prev}`;

async function logged(round: Round): Promise<string> {
  const wanted = ["connected", "circuit_open", "circuit_half_open", "circuit_closed"];
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await round.visitor.get(`/api/servers/${round.name("failing")}/health-log`);
    const rows = isObject(answer) && Array.isArray(answer.items) ? answer.items : [];
    const types = new Set(rows.map((row) => (isObject(row) ? row.eventType : undefined)));
    const missing = wanted.filter((type) => !types.has(type));
    if (missing.length === 0 && FAILURES.some((type) => types.has(type))) return `${rows.length} rows`;
    if (performance.now() > endsAt) throw new Unmet(`rows ${wanted.join(", ")}`, [...types].join(", "));
    await pause(LOG_EVERY_MS);
  }
}
