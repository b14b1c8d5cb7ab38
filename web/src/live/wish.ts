// How is an open socket told that finished calls are wanted too, and no longer? One subscription to everything, ended by its id. Pure.
import type { Frame } from "../../../src/contract/event.ts";
import type { Subscription } from "../../../src/contract/subscription.ts";

type EventType = NonNullable<Subscription["event_types"]>[number];

/** What comes without a subscription; with one, only what it names. */
const USUAL: Readonly<Record<Exclude<EventType, "call_finished">, true>> = {
  mcp_status_change: true,
  circuit_breaker_state: true,
  mcp_auto_disabled: true,
  health_event: true,
  mcp_tools_changed: true,
  cache_invalidated: true,
  config_applied: true,
  server_added: true,
  server_removed: true,
  system_metrics: true,
};

/** The types of a stream with finished calls in it. */
export const WITH_CALLS: readonly string[] = [...Object.keys(USUAL), "call_finished"];

export interface Wish {
  /** Whether finished calls are wanted from now on. */
  calls(wanted: boolean): void;
  /** What came on this socket: among it the id of the subscription. */
  heard(frames: readonly Frame[]): void;
}

/** The wishes on one socket; `send` sends a message on it. */
export function createWish(send: (text: string) => void): Wish {
  let wanted = false;
  let asked = false;
  let id: string | null = null;
  const say = (): void => {
    if (wanted && !asked) {
      asked = true;
      send(JSON.stringify({ action: "subscribe", event_types: WITH_CALLS }));
    } else if (!wanted && id !== null) {
      send(JSON.stringify({ action: "unsubscribe", subscription_id: id }));
      asked = false;
      id = null;
    }
  };
  return {
    calls(now) {
      wanted = now;
      say();
    },
    heard(frames) {
      for (const frame of frames) if (frame.type === "subscribed") id = frame.data.subscription_id;
      say();
    },
  };
}
