// How is a server's status shown in text? One row per status: glyph, colour, order.
import { styleText } from "node:util";
import type { ChaosKind, ServerView, Status } from "#contract/upstream.ts";
import { counted, duration } from "./text.ts";

interface StatusLook {
  readonly glyph: string;
  readonly colour: "green" | "yellow" | "blue" | "red" | "gray";
  /** Worst first. */
  readonly rank: number;
}

const LOOKS: Readonly<Record<Status, StatusLook>> = {
  down: { glyph: "✖", colour: "red", rank: 0 },
  recovering: { glyph: "○", colour: "blue", rank: 1 },
  degraded: { glyph: "▲", colour: "yellow", rank: 2 },
  unknown: { glyph: "◌", colour: "gray", rank: 3 },
  up: { glyph: "●", colour: "green", rank: 4 },
  paused: { glyph: "‖", colour: "gray", rank: 5 },
};

export const worstFirst = (servers: readonly ServerView[]): ServerView[] =>
  servers.toSorted((a, b) => LOOKS[a.status].rank - LOOKS[b.status].rank || a.name.localeCompare(b.name));

export const glyph = (status: Status): string => LOOKS[status].glyph;

/** The text in the colour of the status, where standard output shows colours. */
export const coloured = (status: Status, text: string): string => styleText(LOOKS[status].colour, text);

/** What a person wants to know next about a server; `now` is wall time. */
export function statusNote(server: ServerView, now: number): string {
  const drill = server.chaos === null ? [] : [`drill: ${drillWords(server.chaos, now)}`];
  if (server.status === "up") {
    const latency = server.latency === null ? [] : [duration(server.latency.p50)];
    return [counted(server.tools, "tool"), ...latency, ...drill].join(", ");
  }
  const next = [...breakerWords(server), ...nextWords(server, now)].join(", ");
  const reason = reasonOf(server);
  const state = next === "" || reason === "" ? next + reason : `${next}: ${midSentence(reason)}`;
  return [state, ...drill].filter((part) => part !== "").join("; ");
}

/** A server's state and what a person can do about it, in sentences; `now` is wall time. */
export function stateSentences(server: ServerView, now: number): string {
  const reason = reasonOf(server);
  const why = reason === "" ? "" : `: ${midSentence(reason)}`;
  const next = nextWords(server, now).map((words) => `; ${words}`);
  const drill = server.chaos === null ? [] : [`In a drill, ${drillWords(server.chaos, now)}.`];
  return [`${server.name} is ${server.status}${why}${next}.`, ...wayOut(server), ...drill].join(" ");
}

/** What a drill does to calls, and how long yet; `now` is wall time. */
export function drillWords({ kind, ratio, until }: NonNullable<ServerView["chaos"]>, now: number): string {
  return `${Math.round(ratio * 100)} % of its calls ${MISHAPS[kind]} for ${duration(until - now)}`;
}

const MISHAPS: Readonly<Record<ChaosKind, string>> = {
  latency: "are delayed",
  error: "fail",
  hang: "hang",
  reset: "lose their answers",
};

/** When a server is tried again, in milliseconds since 1970: by a trial call where its breaker is open, else by the gateway. */
export const nextTryAt = (server: ServerView): number | null =>
  server.circuitState === "open" ? server.circuitRetryAt : server.nextAttemptAt;

function nextWords(server: ServerView, now: number): string[] {
  const at = nextTryAt(server);
  if (at === null) return [];
  return [at > now ? `next try in ${duration(at - now)}` : "next try now"];
}

const breakerWords = ({ circuitState }: ServerView): string[] =>
  circuitState === "open" || circuitState === "half_open" ? [`breaker ${circuitState.replace("_", " ")}`] : [];

function wayOut({ name, enabled, circuitState }: ServerView): string[] {
  if (!enabled) return [`Enable it with \`omni2 servers enable ${name}\`.`];
  if (circuitState === "isolated") return [`Release it with \`omni2 servers release ${name}\`.`];
  return circuitState === "open" ? [`Let calls through at once with \`omni2 servers reset-breaker ${name}\`.`] : [];
}

const midSentence = (text: string): string => text.replace(/^[A-Z](?=[a-z ])/, (first) => first.toLowerCase());

// Its row or sentence says already which server it is, and that it is down.
const reasonOf = ({ name, statusReason, lastFailure, status }: ServerView): string =>
  (statusReason ?? (status === "up" ? undefined : lastFailure?.message) ?? "")
    .replace(`${name} could not be reached: `, "")
    .replace(/\. Nothing was sent\.$/, "")
    .replace(/\.$/, "");
