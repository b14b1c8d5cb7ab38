// What does the login cookie look like? `__Host-` where browsers treat the page as secure, a plain name elsewhere.
import type { IncomingHttpHeaders } from "node:http";
import { cookieValue } from "./credentials.ts";
import { isLoopback } from "./guard.ts";
import { SESSION_LIMITS } from "./sessions.ts";

/** Needs a secure page (https or loopback); bound to this host and path by the browser. */
export const SECURE_COOKIE = "__Host-omni2";
export const PLAIN_COOKIE = "omni2_session";

const FLAGS = "Path=/; HttpOnly; SameSite=Strict";

// Behind a proxy that ends TLS, the page's own Origin is what tells: the browser writes it, and the guard has checked it.
const isSecurePage = (headers: IncomingHttpHeaders): boolean =>
  isLoopback((headers.host ?? "").replace(/:\d+$/, "")) || headers.origin?.startsWith("https://") === true;

/** The secret of the session cookie, or null. */
export const sessionSecret = (cookieHeader: string | undefined): string | null =>
  cookieValue(cookieHeader, SECURE_COOKIE) ?? cookieValue(cookieHeader, PLAIN_COOKIE);

/** The `Set-Cookie` value that starts a session on the page that sent `headers`. */
export function sessionCookie(headers: IncomingHttpHeaders, secret: string): string {
  const life = `Max-Age=${SESSION_LIMITS.absoluteMs / 1000}`;
  return isSecurePage(headers)
    ? `${SECURE_COOKIE}=${secret}; ${FLAGS}; Secure; ${life}`
    : `${PLAIN_COOKIE}=${secret}; ${FLAGS}; ${life}`;
}

/** The `Set-Cookie` values that end it. */
export const clearedCookies = (): string[] => [
  `${SECURE_COOKIE}=; ${FLAGS}; Secure; Max-Age=0`,
  `${PLAIN_COOKIE}=; ${FLAGS}; Max-Age=0`,
];
