// Which page does the address name? Its path, so that every page can be linked, opened in a tab and reloaded.
// Reading a path is pure; going somewhere is one entry of the browser's history.
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "overview" | "servers" | "cache" | "connections" | "add" | "keys" | "nowhere" }
  | { readonly page: "server"; readonly server: string }
  | { readonly page: "tools"; readonly tool: { readonly server: string; readonly name: string } | null }
  | { readonly page: "calls"; readonly id: string | null }
  | { readonly page: "events"; readonly seq: number | null }
  | { readonly page: "configuration"; readonly revision: number | null };

export type Page = Route["page"];

export const OVERVIEW = "/";
export const SERVERS = "/servers";
export const TOOLS = "/tools";
export const CALLS = "/calls";
export const CACHE = "/cache";
export const EVENTS = "/events";
export const CONFIGURATION = "/configuration";
export const CONNECTIONS = "/connections";
export const ACCESS_KEYS = "/configuration/keys";
export const ADD = "/add";
export const serverHref = (server: string): string => `${SERVERS}/${encodeURIComponent(server)}`;
export const toolHref = (server: string, name: string): string =>
  `${TOOLS}/${encodeURIComponent(server)}/${encodeURIComponent(name)}`;
export const revisionHref = (n: number): string => `${CONFIGURATION}/${n}`;
export const callHref = (id: string): string => `${CALLS}/${encodeURIComponent(id)}`;
export const eventHref = (seq: number): string => `${EVENTS}/${seq}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const numberOf = (part: string): number | null => (/^\d{1,15}$/.test(part) ? Number(part) : null);

const NOWHERE: Route = { page: "nowhere" };
const alone =
  (page: "overview" | "add" | "cache" | "connections") =>
  (first: string): Route =>
    first ? NOWHERE : { page };

/** What each first word of a path leads to, by the two that may follow it. */
const READERS = new Map<string, (first: string, second: string) => Route>([
  ["", alone("overview")],
  ["index.html", alone("overview")],
  ["servers", (server) => (server ? { page: "server", server } : { page: "servers" })],
  ["tools", (server, name) => ({ page: "tools", tool: server && name ? { server, name } : null })],
  ["calls", (id) => ({ page: "calls", id: id || null })],
  ["events", (seq) => ({ page: "events", seq: numberOf(seq) })],
  ["configuration", (n) => (n === "keys" ? { page: "keys" } : { page: "configuration", revision: numberOf(n) })],
  ["add", alone("add")],
  ["cache", alone("cache")],
  ["connections", alone("connections")],
]);

/** The route of a location's path. */
export function routeOf(path: string): Route {
  const [page = "", first = "", second = "", ...rest] = path.replace(/^\//, "").split("/").map(decode);
  if (rest.length > 0 || (second && page !== "tools")) return NOWHERE;
  return READERS.get(page)?.(first, second) ?? NOWHERE;
}

/** The page above: where Esc leads when the one before was elsewhere. Null at the top. */
export function above(route: Route): string | null {
  if (route.page === "server" || route.page === "add") return SERVERS;
  if (route.page === "keys" || (route.page === "configuration" && route.revision !== null)) return CONFIGURATION;
  if (route.page === "tools" && route.tool) return TOOLS;
  if (route.page === "calls" && route.id !== null) return CALLS;
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
