// Which parts does the gateway hand from one step of its start to the next? Types only.

import type { Admission } from "#calls/admission.ts";
import type { Bulkheads } from "#calls/bulkhead.ts";
import type { ToolCache } from "#calls/cache/tool-cache.ts";
import type { Answerer, CallFactory } from "#calls/call.ts";
import type { Chaos } from "#calls/chaos.ts";
import type { Ledger } from "#calls/ledger.ts";
import type { Retries } from "#calls/retry.ts";
import type { Config } from "#config/config.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { Bus } from "#events/bus.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { GatewayStore } from "./gateway-store.ts";
import type { Settings } from "./settings.ts";

export interface Foundations {
  readonly world: World;
  readonly log: Log;
  readonly bus: Bus;
  readonly store: Store;
  readonly config: Config;
  readonly adminToken: { readonly token: string; readonly generated: boolean };
  /** By which it knows requests that it sent itself. */
  readonly gateway: string;
  /** The process's own, for the servers it starts. */
  readonly environment: Settings["env"];
}

/** Layers of the onion that others look into. */
export interface Layers {
  readonly admission: Admission;
  readonly toolCache: ToolCache;
  readonly bulkheads: Bulkheads;
  readonly retries: Retries;
  readonly chaos: Chaos;
}

export interface Upstreams {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly coordinator: Coordinator;
  readonly memory: GatewayStore;
}

export interface Calls {
  readonly factory: CallFactory;
  readonly pipeline: Answerer;
  readonly firstContact: (server: string, signal: CancelSignal) => Promise<void>;
}
