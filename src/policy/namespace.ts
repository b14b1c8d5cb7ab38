// Under which name does the aggregate endpoint show one server's tool or prompt, and which tools does a server show at all?

/** Server names never contain it, so the first occurrence in a qualified name is the border. */
export const SEPARATOR = "__";

export const qualify = (server: string, name: string): string => `${server}${SEPARATOR}${name}`;

/** Whether a pattern with `*` (any run of characters) matches the whole name. Linear in the name's length. */
export function matchesGlob(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] as string;
  if (parts.length === 1) return pattern === name;
  const last = parts.at(-1) as string;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let from = first.length;
  const limit = name.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = name.indexOf(part, from);
    if (at === -1 || at + part.length > limit) return false;
    from = at + part.length;
  }
  return true;
}

export interface ToolRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** Deny wins over allow. */
export const isShown = (name: string, rules: ToolRules): boolean =>
  rules.allow.some((pattern) => matchesGlob(pattern, name)) &&
  !rules.deny.some((pattern) => matchesGlob(pattern, name));
