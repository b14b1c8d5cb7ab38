// How is a server's status shown in text? One row per status: glyph, colour, order.
import { styleText } from "node:util";
import type { ServerView, Status } from "#contract/upstream.ts";
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
  if (server.status === "up") {
    const latency = server.latency === null ? "" : `, ${duration(server.latency.p50)}`;
    return counted(server.tools, "tool") + latency;
  }
  const next = server.nextAttemptAt === null ? [] : [`next try in ${duration(server.nextAttemptAt - now)}`];
  // The row says already which server it is, and that it is down.
  const reason = (server.statusReason ?? server.lastFailure?.message)
    ?.replace(`${server.name} could not be reached: `, "")
    .replace(/\. Nothing was sent\.$/, "");
  return [...next, ...(reason === undefined ? [] : [reason])].join(": ");
}
