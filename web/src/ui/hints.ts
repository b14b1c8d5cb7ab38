// What does a tool say of itself? Its annotations in words; a gateway believes them only of servers that are trusted. Pure.

type Annotations = Readonly<Record<string, unknown>>;

/** In words, such as `reads only, stays inside`; empty without any. */
export function hintsOf({ readOnlyHint, destructiveHint, idempotentHint, openWorldHint }: Annotations): string {
  const hints = [
    readOnlyHint === true && "reads only",
    readOnlyHint === false && "may write",
    destructiveHint === true && readOnlyHint !== true && "may destroy",
    idempotentHint === true && "safe to repeat",
    openWorldHint === true && "reaches outside",
    openWorldHint === false && "stays inside",
  ];
  return hints.filter((hint) => hint !== false).join(", ");
}
