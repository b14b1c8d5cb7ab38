// Where did a call's time go? Its layers one after another: the gateway, the queue, the server, the waits between attempts. Pure.
import type { CallRecord } from "../../../src/contract/call.ts";

export type LayerKind = "gateway" | "queue" | "server" | "wait";

export interface Layer {
  readonly kind: LayerKind;
  readonly name: string;
  /** Milliseconds. */
  readonly ms: number;
  /** Where its bar begins and how long it is, shares of the whole time. */
  readonly from: number;
  readonly share: number;
}

type Times = Pick<CallRecord, "durationMs" | "queuedMs" | "backoffMs" | "upstreamMs" | "disposition">;

/** Those that took time. Attempts and the waits between them are added up; the gateway's own work is what the measured ones leave. */
export function layersOf({ durationMs, queuedMs, backoffMs, upstreamMs, disposition }: Times): Layer[] {
  const measured = queuedMs + backoffMs + (upstreamMs ?? 0);
  const rest = Math.max(0, durationMs - measured);
  const parts: readonly (readonly [LayerKind, string, number])[] = [
    ["gateway", disposition === "coalesced" ? "The equal call" : "The gateway", rest],
    ["queue", "Waited for a place", queuedMs],
    ["server", "The server", upstreamMs ?? 0],
    ["wait", "Waited to try again", backoffMs],
  ];
  const whole = Math.max(rest + measured, Number.MIN_VALUE);
  let before = 0;
  return parts
    .filter(([kind, , ms]) => kind === "gateway" || ms > 0)
    .map(([kind, name, ms]) => {
      const from = before / whole;
      before += ms;
      return { kind, name, ms, from, share: ms / whole };
    });
}
