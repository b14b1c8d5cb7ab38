// Which page does the address name? Its path, so that every page can be linked, opened in a tab and reloaded.
// Reading a path is pure; going somewhere is one entry of the browser's history.
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "overview" | "servers" | "cache" | "nowhere" }
  | { readonly page: "server"; readonly server: string }
  | { readonly page: "tools"; readonly tool: { readonly server: string; readonly name: string } | null }
  | { readonly page: "events"; readonly seq: number | null };

export type Page = Route["page"];

export const OVERVIEW = "/";
export const SERVERS = "/servers";
export const TOOLS = "/tools";
export const CACHE = "/cache";
export const EVENTS = "/events";
export const serverHref = (server: string): string => `${SERVERS}/${encodeURIComponent(server)}`;
export const toolHref = (server: string, name: string): string =>
  `${TOOLS}/${encodeURIComponent(server)}/${encodeURIComponent(name)}`;
export const eventHref = (seq: number): string => `${EVENTS}/${seq}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The route of a location's path. */
export function routeOf(path: string): Route {
  const [page, first, second, ...rest] = path.replace(/^\//, "").split("/").map(decode);
  if (rest.length > 0 || (second && page !== "tools")) return { page: "nowhere" };
  if (page === "servers") return first ? { page: "server", server: first } : { page: "servers" };
  if (page === "tools") return { page, tool: first && second ? { server: first, name: second } : null };
  if (page === "events") return { page, seq: /^\d+$/.test(first ?? "") ? Number(first) : null };
  if (page === "cache" && !first) return { page };
  return { page: page === "" || page === "index.html" ? "overview" : "nowhere" };
}

/** The page above: where Esc leads when the one before was elsewhere. Null at the top. */
export function above(route: Route): string | null {
  if (route.page === "server") return SERVERS;
  if (route.page === "tools" && route.tool) return TOOLS;
  return route.page === "events" && route.seq !== null ? EVENTS : null;
}

const MOVED = "omni2-moved";

interface Entry {
  /** The path of this page that led here. */
  readonly from: string;
}

const cameFrom = (): string | undefined => (history.state as Entry | null)?.from;

/** Shows the page at a path; a page that is another one starts at its top. */
export function go(path: string): void {
  if (path === location.pathname) return;
  const elsewhere = routeOf(path).page !== routeOf(location.pathname).page;
  history.pushState({ from: location.pathname } satisfies Entry, "", path);
  dispatchEvent(new Event(MOVED));
  if (elsewhere) scrollTo(0, 0);
}

/** Leaves for the page above, by the way that led here where it did; false at the top. */
export function goUp(route: Route): boolean {
  const parent = above(route);
  if (parent === null) return false;
  const from = cameFrom();
  if (from === parent || (from === OVERVIEW && route.page === "server")) history.back();
  else go(parent);
  return true;
}

/** Makes plain links to pages of the dashboard change the page without loading it anew. Returns the stop. */
export function followLinks(): () => void {
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const path = link?.getAttribute("href");
    if (!path?.startsWith("/") || path.startsWith("//") || link?.target) return;
    event.preventDefault();
    go(path);
  };
  document.addEventListener("click", onClick);
  return () => document.removeEventListener("click", onClick);
}

const subscribe = (notify: () => void): (() => void) => {
  addEventListener("popstate", notify);
  addEventListener(MOVED, notify);
  return () => {
    removeEventListener("popstate", notify);
    removeEventListener(MOVED, notify);
  };
};

/** The current path, followed as it changes. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => location.pathname);
