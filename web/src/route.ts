// Which page does the address name? Its path, so that every page can be linked, opened in a tab and reloaded.
// Reading a path is pure; going somewhere is one entry of the browser's history.
import { useSyncExternalStore } from "react";

export type Route =
  | { readonly page: "overview" | "servers" | "cache" | "connections" | "add" | "keys" | "nowhere" }
  | { readonly page: "server"; readonly server: string }
  | { readonly page: "tools"; readonly tool: { readonly server: string; readonly name: string } | null }
  | { readonly page: "calls"; readonly id: string | null }
  /** `at`: as it all was at a moment, in milliseconds since 1970. */
  | { readonly page: "events"; readonly at: number | null; readonly seq: number | null }
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
export const momentHref = (at: number): string => `${EVENTS}/at/${new Date(at).toISOString()}`;
/** @param at of the page that the event is opened from; null for the live one. */
export const eventHref = (seq: number, at: number | null): string => `${at === null ? EVENTS : momentHref(at)}/${seq}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const numberOf = (part: string): number | null => (/^\d{1,15}$/.test(part) ? Number(part) : null);

const NOWHERE: Route = { page: "nowhere" };

function eventsAt(moment: string, seq: string): Route {
  const at = Date.parse(moment);
  return Number.isNaN(at) ? NOWHERE : { page: "events", at, seq: numberOf(seq) };
}

const alone =
  (page: "overview" | "add" | "cache" | "connections") =>
  (first: string): Route =>
    first ? NOWHERE : { page };

/** What each first word of a path leads to, by the three that may follow it. */
const READERS = new Map<string, (first: string, second: string, third: string) => Route>([
  ["", alone("overview")],
  ["index.html", alone("overview")],
  ["servers", (server) => (server ? { page: "server", server } : { page: "servers" })],
  ["tools", (server, name) => ({ page: "tools", tool: server && name ? { server, name } : null })],
  ["calls", (id) => ({ page: "calls", id: id || null })],
  [
    "events",
    (first, moment, seq) =>
      first === "at" ? eventsAt(moment, seq) : { page: "events", at: null, seq: numberOf(first) },
  ],
  ["configuration", (n) => (n === "keys" ? { page: "keys" } : { page: "configuration", revision: numberOf(n) })],
  ["add", alone("add")],
  ["cache", alone("cache")],
  ["connections", alone("connections")],
]);

/** How many words may follow the first one, where it is not one. */
const depthOf = (page: string, first: string): number => {
  if (page === "events" && first === "at") return 3;
  return page === "tools" ? 2 : 1;
};

/** The route of a location's path. */
export function routeOf(path: string): Route {
  const [page = "", first = "", ...more] = path.replace(/^\//, "").split("/").map(decode);
  const [second = "", third = ""] = more;
  if (more.slice(depthOf(page, first) - 1).some((part, at) => part !== "" || at > 0)) return NOWHERE;
  return READERS.get(page)?.(first, second, third) ?? NOWHERE;
}

/** The page above: where Esc leads when the one before was elsewhere. Null at the top. */
export function above(route: Route): string | null {
  if (route.page === "server" || route.page === "add") return SERVERS;
  if (route.page === "keys" || (route.page === "configuration" && route.revision !== null)) return CONFIGURATION;
  if (route.page === "tools" && route.tool) return TOOLS;
  if (route.page === "calls" && route.id !== null) return CALLS;
  if (route.page !== "events" || (route.at === null && route.seq === null)) return null;
  return route.at === null || route.seq === null ? EVENTS : momentHref(route.at);
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

/** Shows the page at a path in place of this one: the way back leads to where this one was come from. */
export function replace(path: string): void {
  history.replaceState(history.state, "", path);
  dispatchEvent(new Event(MOVED));
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
