// What do live connections have in common, over WebSocket and as server-sent events? Who comes, from where in the stream, and
// how it is ended.
import type { IncomingHttpHeaders } from "node:http";
import type { Lease } from "#access/tickets.ts";
import type { Cursor } from "#events/recovery.ts";
import type { PeopleDeps } from "./deps.ts";

/** Time a cut client gets to see why, in milliseconds. */
export const CUT_MS = 500;

export type LiveDeps = Pick<PeopleDeps, "broadcaster" | "world" | "log">;

/** One client that was let in. */
export interface Visit {
  readonly lease: Lease;
  readonly address: string;
  /** Where it stood before, if it says so. */
  readonly cursor: Cursor | undefined;
  /** What it subscribes to as it comes, as it says; undefined when it says nothing. */
  readonly eventTypes: readonly string[] | undefined;
}

export interface LiveConnection {
  /** Ends the connection when its login has ended. */
  recheck(): void;
  goodbye(): void;
  terminate(): void;
}

const EPOCH = /^[\w-]{1,64}$/;
const NUMBER = /^\d{1,15}$/;

/** From `?epoch=E&after=SEQ`, or the id of the last server-sent event; what is neither is no cursor. */
export function cursorOf(query: URLSearchParams, headers: IncomingHttpHeaders): Cursor | undefined {
  const lastId = headers["last-event-id"];
  const [epoch, after] =
    typeof lastId === "string" ? lastId.split(":", 2) : [query.get("epoch") ?? "", query.get("after") ?? ""];
  if (!EPOCH.test(epoch ?? "") || !NUMBER.test(after ?? "")) return undefined;
  return { epoch: epoch as string, after: Number(after) };
}

/** From `?event_types=a,b`; what the words mean is not looked at. */
export const eventTypesOf = (query: URLSearchParams): readonly string[] | undefined =>
  query.get("event_types")?.split(",");
