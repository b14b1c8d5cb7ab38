// By when must a call be done? One budget for everything below; progress moves it, up to a hard maximum.
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Call, Layer } from "./call.ts";

export interface DeadlineDeps {
  readonly world: World;
}

/** No call lasts longer, whatever progress it reports. */
export const HARD_MAXIMUM_MS = 600_000;

export function deadline({ world }: DeadlineDeps): Layer {
  return (next) => async (call) => {
    const timeoutMs = call.target?.timeoutMs ?? HARD_MAXIMUM_MS;
    const endsAt = call.startedAt + HARD_MAXIMUM_MS;
    const expire = (): void => call.control.abort(timeoutFault(call, timeoutMs));
    let cancel = world.after(timeoutMs, expire);
    call.onProgress = () => {
      cancel();
      cancel = world.after(Math.min(timeoutMs, endsAt - world.now()), expire);
    };
    try {
      return await next(call);
    } finally {
      cancel();
    }
  };
}

function timeoutFault(call: Call, timeoutMs: number): Fault {
  const server = call.target?.server ?? "The server";
  const sent = call.attempts > 0 ? " It was asked to cancel; the call may still have taken effect." : "";
  return new Fault("UPSTREAM_TIMEOUT", `${server} did not answer ${call.name} within ${timeoutMs} ms.${sent}`, {
    server,
  });
}
