// Which name does a server get? A name that is valid stays; another becomes a slug; `__` is never accepted. Pure.
import { serverNameSchema } from "#contract/upstream.ts";
import { sha256 } from "#lib/json.ts";

export type NameReading =
  | { readonly kind: "kept"; readonly name: string }
  | { readonly kind: "slug"; readonly name: string }
  | { readonly kind: "refused"; readonly message: string };

const MAX_NAME_LENGTH = 40;

// `.` and `..` would vanish from a URL path.
export const isServerName = (name: string): boolean => serverNameSchema.safeParse(name).success && !/^\.+$/.test(name);

/** Judges the key of one entry of `mcpServers`. */
export function readName(given: string): NameReading {
  if (given.includes("__")) {
    return { kind: "refused", message: "'__' separates server and tool in names; use a single '_' or '-'" };
  }
  return isServerName(given) ? { kind: "kept", name: given } : { kind: "slug", name: slug(given) };
}

/** The nearest valid name: `My Server (dev)` becomes `My-Server-dev`. The same text always gives the same slug. */
export function slug(given: string): string {
  const text = given
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/_+/g, "_")
    .replace(/^[-_.]+/, "")
    .slice(0, MAX_NAME_LENGTH)
    .replace(/[-_.]+$/, "");
  return text === "" ? `server-${sha256(given).slice(0, 8)}` : text;
}
