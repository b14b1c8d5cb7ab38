// What does the running gateway say about itself? Asks its REST routes and judges the answers; without one there is nothing to judge.
import type { Gateway } from "#cli/gateway.ts";
import { duration } from "#cli/text.ts";
import type { HealthAnswer } from "#contract/api.ts";
import { isFault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import { type Finding, fail, pass, type Section, warn } from "./doctor-finding.ts";
import type { Answerer } from "./doctor-port.ts";

export interface GatewayFacts {
  readonly url: string;
  readonly answerer: Answerer;
  /** This program's own version. */
  readonly version: string;
}

/** The coordinator beats once a minute, everybody else more often. */
const QUIET_MS = 180_000;

export function judgeGateway({ url, answerer, version }: GatewayFacts): Section {
  return { title: "Gateway", findings: gatewayFindings(url, answerer, version) };
}

function gatewayFindings(url: string, answerer: Answerer, version: string): Finding[] {
  if (answerer.kind === "nobody") return [pass("running", `no, nothing answers at ${url}; \`npm start\` starts one`)];
  if (answerer.kind === "stranger") return [fail("running", answerer.message, "Name the gateway with --url.")];
  if (answerer.kind === "unknown") return [warn("running", answerer.message, "Then run the doctor again.")];
  const { health } = answerer;
  return [
    judgeStatus(url, health),
    judgeRelease(health.version, version),
    DATABASE[health.database],
    ...components(health),
  ];
}

function judgeStatus(url: string, { status }: HealthAnswer): Finding {
  const text = `${status}, at ${url}`;
  if (status === "ok") return pass("running", text);
  const todo = {
    degraded: "See its database and its servers.",
    starting: "Wait a moment; if it stays, see its database and its log.",
    draining: "It is stopping; start it again when it has ended.",
  }[status];
  return warn("running", `${text}.`, todo);
}

const judgeRelease = (running: string, here: string): Finding =>
  running === here
    ? pass("release", running)
    : warn("release", `${running} runs, and this program is ${here}.`, "Restart the gateway to run the same.");

const DATABASE: Readonly<Record<HealthAnswer["database"], Finding>> = {
  ready: pass("database", "ready"),
  waiting: warn(
    "database",
    "not ready yet.",
    "Wait a moment; if it stays, the gateway's log says why (lines of Store).",
  ),
  lost: fail("database", "lost.", "See that it runs and has room; the gateway takes it up again by itself."),
};

function components({ components }: HealthAnswer): Finding[] {
  return Object.entries(components).map(([name, { heartbeatAgeMs, work }]) => {
    const text = `last at work ${duration(heartbeatAgeMs)} ago, ${work} units of work`;
    if (heartbeatAgeMs <= QUIET_MS) return pass(name, text);
    return fail(name, `${text}.`, "Restart the gateway, and report it with `omni2 doctor --bundle FILE`.");
  });
}

/** The servers of a running gateway, or the finding that says why they cannot be had. */
export async function askServers(
  gateway: Gateway,
): Promise<{ readonly views: readonly ServerView[] } | { readonly finding: Finding }> {
  try {
    return { views: (await gateway.ask("GET /api/servers")).items };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { finding: warn("servers", "they cannot be asked for.", error.message) };
  }
}
