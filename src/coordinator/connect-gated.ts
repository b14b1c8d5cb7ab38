// How does an upstream start without crowding out the others? Through a gate; a slow start gives its place up and goes on.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import type { Connection, ConnectionEvents, ConnectOptions } from "#upstream/connection.ts";
import type { SupervisorDeps } from "./supervision.ts";

/** What a start costs the machine is over by then; the others need not wait for its answer. In milliseconds. */
const START_PLACE_MS = 1_000;

export interface GatedOptions {
  readonly signal: CancelSignal & AbortSignal;
  readonly hint: ConnectOptions["hint"];
  /** The connection is handed along, because events can come before the caller holds it. */
  readonly onClosed: (connection: Connection, message: string) => void;
  readonly mayStartAgain: ConnectOptions["mayStartAgain"];
  readonly onDoubt: () => void;
  readonly onListChanged: ConnectionEvents["onListChanged"];
  readonly onStarting: ConnectOptions["events"]["onStarting"];
}

export async function connectGated(
  definition: UpstreamDefinition,
  deps: Pick<SupervisorDeps, "world" | "connect" | "startGate" | "onNotification">,
  options: GatedOptions,
): Promise<Connection> {
  const { signal, hint, mayStartAgain, onClosed, onDoubt, onListChanged, onStarting } = options;
  const leave = await deps.startGate.enter(signal);
  const cancelPlace = deps.world.after(START_PLACE_MS, leave);
  let connection: Connection | undefined;
  const events: ConnectOptions["events"] = {
    onClosed: (reason) => connection && onClosed(connection, reason?.message ?? "the link closed"),
    onDoubt,
    onListChanged,
    onStarting,
    onNotification: deps.onNotification,
  };
  try {
    connection = await deps.connect(definition, { signal, hint, mayStartAgain, events });
    return connection;
  } finally {
    cancelPlace();
    leave();
  }
}
