// Which page does the address name? The part after `#` only, so that any deployment serves one document. Pure but for the hook.
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "overview" }
  | { readonly page: "servers"; readonly server: string | null }
  | { readonly page: "tools"; readonly tool: { readonly server: string; readonly name: string } | null };

export const OVERVIEW = "#/";
export const SERVERS = "#/servers";
export const TOOLS = "#/tools";
export const serverHref = (server: string): string => `${SERVERS}/${encodeURIComponent(server)}`;
export const toolHref = (server: string, name: string): string =>
  `${TOOLS}/${encodeURIComponent(server)}/${encodeURIComponent(name)}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The route of a location hash; what it does not know is the overview. */
export function routeOf(hash: string): Route {
  const [page, first, second] = hash.replace(/^#\/?/, "").split("/").map(decode);
  if (page === "servers") return { page, server: first || null };
  if (page === "tools") return { page, tool: first && second ? { server: first, name: second } : null };
  return { page: "overview" };
}

export const go = (hash: string): void => {
  location.hash = hash;
};

const subscribe = (notify: () => void): (() => void) => {
  addEventListener("hashchange", notify);
  return () => removeEventListener("hashchange", notify);
};

/** The current location hash, followed as it changes. */
export const useHash = (): string => useSyncExternalStore(subscribe, () => location.hash);
