// Who may see which kind of live frame? One table, asked on every publish. Pure.
import type { Role } from "#contract/access.ts";
import type { FrameType } from "#contract/event.ts";

/** `own`: only what the reader caused itself. */
export type Sight = "all" | "own" | "none";

/** How much of the frames of this type a role may see. Calls tell who asked what; a viewer is told of its own only. */
export function maySee(role: Role, type: FrameType): Sight {
  if (type !== "call_finished") return "all";
  return role === "viewer" ? "own" : "all";
}
