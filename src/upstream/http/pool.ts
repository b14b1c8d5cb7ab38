// Over which sockets do requests to one HTTP server travel? Two pools of one origin, so that control traffic
// (probes, answers a call waits for, streams) never queues behind calls. Nothing is left open after `destroy`.
import { Pool } from "undici";
import { CONNECT_TIMEOUT_MS } from "#upstream/transport.ts";

const CALL_CONNECTIONS = 64;
const CONTROL_CONNECTIONS = 16;
/** With the system's ten probes of one second, a dead peer is noticed after about 20 s of silence. */
const KEEP_ALIVE_PROBE_MS = 10_000;

export interface HttpPools {
  readonly calls: Pool;
  readonly control: Pool;
  /** Ends every request and socket now. */
  destroy(): Promise<void>;
}

export function openHttpPools(origin: string): HttpPools {
  const open = (connections: number): Pool =>
    new Pool(origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      // Waiting is bounded by each request's own timer and signal.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_TIMEOUT_MS, keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS },
    });
  const calls = open(CALL_CONNECTIONS);
  const control = open(CONTROL_CONNECTIONS);
  return {
    calls,
    control,
    destroy: async () => {
      await Promise.all([calls.destroy(), control.destroy()]);
    },
  };
}
