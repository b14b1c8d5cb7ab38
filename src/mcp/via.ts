// Has a request come round? Every gateway signs what it sends on with its own id; one that meets its own signature, or too
// many others, refuses, so that a server whose address leads back to a gateway ends in an error and not in a circle.
import { Fault } from "#contract/fault.ts";

/** HTTP header: ids of the gateways that a request has passed, comma-separated. */
export const VIA_HEADER = "omni2-via";

/** Gateways that a request may have passed before this one. */
const MAX_HOPS = 3;

/** Why a request with this header is refused by the gateway `own`; undefined for one that may go on. */
export function loopFault(via: string, own: string): Fault | undefined {
  const passed = new Set(via.split(",").map((id) => id.trim()));
  if (passed.has(own)) {
    return new Fault(
      "INVALID_REQUEST",
      "This request came back to the gateway that sent it on: the address of one of its servers leads to the gateway itself. Remove that server.",
    );
  }
  if (passed.size <= MAX_HOPS) return undefined;
  return new Fault(
    "INVALID_REQUEST",
    `This request has passed ${passed.size} gateways, more than ${MAX_HOPS}; they may form a circle.`,
  );
}
