// What do the gateway and its database process say to each other over IPC?
import type { Holder } from "./holder.ts";

export type ChildMessage =
  /** The data directory is ours; opening it has begun. */
  | { readonly type: "locked" }
  | { readonly type: "held"; readonly holder: Holder | null }
  /** Clients can connect to the unix socket in `socketFolder`. */
  | { readonly type: "serving"; readonly socketFolder: string }
  /** It cannot be opened; the process ends. `code` is the system's word for it, where there is one. */
  | { readonly type: "failed"; readonly message: string; readonly code: string | null };

export type ParentMessage = { readonly type: "stop" };

/** PostgreSQL clients derive the socket's name in its folder from the port number. */
export const SOCKET_NAME = ".s.PGSQL.5432";
