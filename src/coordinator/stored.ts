// What did an earlier run leave about one server's breaker and about who may use it, and what of it still holds?
import type { CircuitState } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import type { StoredBreaker } from "#policy/breaker-state.ts";

/** What a server's breaker, and those who decided about it, left behind. Instants are milliseconds since 1970. */
export interface StoredCircuit {
  readonly name: string;
  readonly circuitState: CircuitState;
  readonly circuitRetryAt: number | null;
  readonly circuitReason: string | null;
  readonly failureCycles: number;
  readonly consecutiveFailures: number;
  readonly autoDisabledAt: number | null;
  readonly autoDisabledReason: string | null;
  readonly enabledOverride: boolean | null;
}

/** The breaker as the policy takes it up. */
export const storedBreaker = (row: StoredCircuit, world: World): StoredBreaker => ({
  kind: row.circuitState,
  retryInMs: (row.circuitRetryAt ?? world.wall()) - world.wall(),
  reason: row.circuitReason ?? "unknown",
  cycles: row.failureCycles,
  failures: row.consecutiveFailures,
});
