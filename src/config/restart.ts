// Which settings are read at start only? Pure. Only a file says them. Everything else counts at once.

const AT_START: readonly string[] = ["omni2.access.mcp", "omni2.access.hosts", "omni2.access.origins"];

/** Whether a change at this path, above or below it, counts only from the next start on. */
export function needsRestart(path: readonly string[]): boolean {
  if (path[0] !== "omni2") return false;
  const here = `${path.join(".")}.`;
  return AT_START.some((each) => here.startsWith(`${each}.`) || `${each}.`.startsWith(here));
}
