// What does a reader of the live stream get, and how well does it keep up, in words? Pure.
import type { LiveConnectionView } from "../../../src/contract/connection.ts";
import type { Status } from "../../../src/contract/upstream.ts";
import { many } from "./format.ts";

export const KINDS: Readonly<Record<LiveConnectionView["kind"], string>> = {
  websocket: "WebSocket",
  events: "Server-sent events",
};

export const PACES: Readonly<Record<LiveConnectionView["pace"], { readonly word: string; readonly status: Status }>> = {
  flowing: { word: "Keeps up", status: "up" },
  catching_up: { word: "Catching up", status: "recovering" },
  draining: { word: "Reads too slowly", status: "degraded" },
};

/** How many types of event one subscription names before they are only counted. */
const MAX_NAMED = 2;

type Subscription = LiveConnectionView["subscriptions"][number];

function whatOf({ event_types, filters }: Subscription): string {
  const types = event_types ?? [];
  const named = types.length > MAX_NAMED ? many(types.length, "type") : types.join(", ");
  const of = filters?.servers ? ` of ${filters.servers.join(", ")}` : "";
  const grave = filters?.severities ? `, ${filters.severities.join(" or ")} only` : "";
  return `${named || "everything but calls"}${of}${grave}`;
}

/** What its subscriptions come to. */
export const subscriptionWords = (subscriptions: readonly Subscription[]): string =>
  subscriptions.length === 0 ? "Everything but calls" : subscriptions.map(whatOf).join("; ");
