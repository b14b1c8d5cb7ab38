// What does one client get to see of the stream? What its role may see, and of that what it has subscribed to. Clients with
// equal answers share one view, and so its bytes.
import type { Role } from "#contract/access.ts";
import type { FrameType, Severity } from "#contract/event.ts";
import type { Subscription } from "#contract/subscription.ts";
import type { Item } from "./stream.ts";

/** Who reads, as verified when the connection was opened. */
export interface Reader {
  readonly principal: string;
  readonly role: Role;
}

/** How much of a type's frames a role may see; `own` is what the reader caused itself. */
export type MaySee = (role: Reader["role"], type: FrameType) => "all" | "own" | "none";

/** Everything, but not what is sent to subscribers only. */
const isUsual = (type: FrameType): boolean => type !== "call_finished";

export type Sees = (item: Item) => boolean;

/** Without subscriptions a reader gets everything usual; with some, what any of them asks for. */
export function createView(reader: Reader, subscriptions: readonly Subscription[], maySee: MaySee): Sees {
  const wishes = subscriptions.map(wishOf);
  return (item) => {
    const sight = maySee(reader.role, item.type);
    if (sight === "none" || (sight === "own" && item.owner !== reader.principal)) return false;
    return wishes.length === 0 ? isUsual(item.type) : wishes.some((wants) => wants(item));
  };
}

/** Equal for readers and subscriptions whose views are equal. */
export const viewKey = ({ role, principal }: Reader, subscriptions: readonly Subscription[]): string =>
  subscriptions.length === 0 ? role : JSON.stringify([role, principal, subscriptions]);

function wishOf({ event_types, filters = {} }: Subscription): Sees {
  const types: ReadonlySet<FrameType> | null = event_types === undefined ? null : new Set(event_types);
  const servers = filters.servers === undefined ? null : new Set(filters.servers);
  const severities: ReadonlySet<Severity | null> | null =
    filters.severities === undefined ? null : new Set(filters.severities);
  return ({ type, server, severity }) => {
    if (types === null ? !isUsual(type) : !types.has(type)) return false;
    // Figures are no events: nothing about them can be filtered.
    if (type === "system_metrics") return true;
    if (servers !== null && server !== null && !servers.has(server)) return false;
    return severities === null || severities.has(severity);
  };
}
