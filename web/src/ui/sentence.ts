// What is the situation in one sentence? Worst first, at most three names; only what the views say. Pure.
import type { StateAt } from "../../../src/contract/timeline.ts";
import type { ServerView, Status } from "../../../src/contract/upstream.ts";
import { many, sentence, until } from "./format.ts";
import { worstFirst } from "./order.ts";

const MAX_NAMES = 3;

/** How a status reads after a name; null: nothing to report. */
const TROUBLE: Readonly<Record<Status, string | null>> = {
  down: "down",
  recovering: "recovering",
  degraded: "degraded",
  unknown: "starting",
  up: null,
  paused: null,
};

const joined = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

function clauses(troubled: readonly ServerView[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { status, name } of troubled) {
    const word = TROUBLE[status] ?? status;
    groups.set(word, [...(groups.get(word) ?? []), name]);
  }
  return [...groups].map(([word, names]) => `${joined(names)} ${names.length === 1 ? "is" : "are"} ${word}`);
}

function troubles(troubled: readonly ServerView[]): string {
  const named = clauses(troubled.slice(0, MAX_NAMES));
  const rest = troubled.length - MAX_NAMES;
  if (rest > 0) named.push(`${rest} more ${rest === 1 ? "is" : "are"} not up`);
  return `${joined(named)}.`;
}

function calm(total: number, up: number, paused: number): string {
  if (paused === 0) return total === 1 ? "The server is up." : `All ${total} servers are up.`;
  if (up === 0) return total === 1 ? "The server is paused." : `All ${total} servers are paused.`;
  return `${up} of ${total} servers ${up === 1 ? "is" : "are"} up, ${paused} ${paused === 1 ? "is" : "are"} paused.`;
}

/** The page's first line. Not for an empty list. */
export function situation(servers: readonly ServerView[]): string {
  const total = servers.length;
  const up = servers.filter((view) => view.status === "up").length;
  const troubled = worstFirst(servers).filter((view) => TROUBLE[view.status] !== null);
  if (troubled.length === 0) return calm(total, up, total - up);
  if (troubled.length === total && troubled.every((view) => view.status === "unknown"))
    return total === 1 ? `${troubled[0]?.name} is starting.` : `${total} servers are starting.`;
  return `${troubles(troubled)} ${up} of ${total} servers ${up === 1 ? "is" : "are"} up.`;
}

/** How many servers were what at a moment of the past, worst first: `3 servers: 1 down, 2 up.` */
export function pastSituation(states: readonly StateAt[]): string {
  if (states.length === 0) return "No server is known of then.";
  const counts = new Map<Status, number>();
  for (const { status } of worstFirst(states)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return `${many(states.length, "server")}: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}.`;
}

const REASONS: Readonly<Record<string, string>> = { auth_required: "Credentials needed" };
const BREAKER = { closed: "", open: "Breaker open", half_open: "Breaker half open", isolated: "Isolated" } as const;

/** A reason beside a server's name and status, which say already which server could not be reached. */
export const briefly = (reason: string, name: string): string =>
  reason.replace(`${name} could not be reached: `, "").replace(/\. Nothing was sent\.$/, "");

/** Why a server is as it is, what the breaker does, and what happens next. `now` is gateway wall time. */
export function noteOf(view: ServerView, now: number): string {
  const reason = briefly(view.statusReason ?? "", view.name);
  const parts = [sentence(REASONS[reason] ?? reason, view.name)];
  const breaker = BREAKER[view.circuitState];
  const next = view.nextAttemptAt === null ? "" : `next try in ${until(view.nextAttemptAt, now)}`;
  if (!reason.toLowerCase().includes(breaker.toLowerCase()) || breaker === "") parts.push(breaker && sentence(breaker));
  if (!/next (try|attempt)/i.test(reason)) parts.push(sentence(next));
  return parts.filter(Boolean).join(" ");
}

/** The breaker in words, with its reason and what happens next. `now` is gateway wall time. */
export function breakerWords(view: ServerView, now: number): string {
  const why = view.circuitReason === null ? "" : ` ${sentence(view.circuitReason, view.name)}`;
  const at = view.circuitRetryAt;
  switch (view.circuitState) {
    case "closed":
      return "Closed: calls pass.";
    case "open":
      return `Open: calls are refused at once${at === null ? "" : `, a trial in ${until(at, now)}`}.${why}`;
    case "half_open":
      return `Half open: trials decide whether it closes.${why}`;
    case "isolated":
      return `Isolated: no call passes until it is released.${why}`;
  }
}

/** What a verb's answer comes to. */
export function verbAnswer(view: ServerView, now: number): string {
  const note = noteOf(view, now);
  return `${view.name} is ${TROUBLE[view.status] ?? view.status}.${note ? ` ${note}` : ""}`;
}

/** The line under the situation: what happens next to the worst server, or null. */
export function nextLine(servers: readonly ServerView[], now: number): string | null {
  const worst = worstFirst(servers)[0];
  if (!worst || TROUBLE[worst.status] === null) return null;
  const note = noteOf(worst, now);
  return note ? `${worst.name}: ${note}` : null;
}

/** The start of the document's title: the worst word and how many, or an empty text. */
export function titleState(servers: readonly ServerView[]): string {
  const word = TROUBLE[worstFirst(servers)[0]?.status ?? "up"];
  return word ? `${servers.filter((view) => TROUBLE[view.status] === word).length} ${word}` : "";
}

/** One sentence for a screen reader about what changed between two moments; empty when nothing did. */
export function announcement(before: ReadonlyMap<string, Status>, after: ReadonlyMap<string, Status>): string {
  const changed = [...after].filter(([name, status]) => before.has(name) && before.get(name) !== status);
  if (changed.length > MAX_NAMES) return `${many(changed.length, "server")} changed.`;
  const parts = changed.map(([name, status]) => `${name} is ${TROUBLE[status] ?? status}`);
  return parts.length === 0 ? "" : `${joined(parts)}.`;
}
