// Which fault is it when an HTTP server does not answer as MCP asks? Pure: statuses and socket errors in, faults out.
// Messages name the server and the status or the error code, never headers, query strings or bodies.
import type { IncomingHttpHeaders } from "node:http";
import { type Circumstance, Fault } from "#contract/fault.ts";
import { isObject, jsonDepth, MAX_JSON_DEPTH } from "#lib/json.ts";
import { ownShortage } from "#upstream/shortage.ts";
import { MAX_MESSAGE_BYTES } from "#upstream/transport.ts";
import type { ResponseHead } from "./response.ts";

const MAX_RETRY_AFTER_MS = 300_000;
/** Larger error bodies are not worth a parse. */
const MAX_ERROR_BYTES = 64 * 1024;

export const protocolFault = (server: string, what: string, circumstance: Circumstance = {}): Fault =>
  new Fault("UPSTREAM_PROTOCOL", `${server} ${what}. The reply was not used; check that its URL is an MCP endpoint.`, {
    server,
    circumstance,
  });

export const tooLarge = (server: string): Fault =>
  new Fault(
    "UPSTREAM_PROTOCOL",
    `${server} sent a message larger than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB. It was cut off; ask for less at a time.`,
    { server },
  );

export const outcomeUnknown = (server: string, what: string, cause?: unknown): Fault =>
  new Fault(
    "OUTCOME_UNKNOWN",
    `${server} ${what} before it answered. The request was sent and may have taken effect; it is not sent again.`,
    { server, circumstance: { sent: true }, cause },
  );

/** The same for every call on a link that ended: one failure of the server, not one per call. */
export const lostWithLink = (server: string, what: string): Fault =>
  new Fault(
    "OUTCOME_UNKNOWN",
    `${server} ${what} before it answered. The request was sent and may have taken effect; it is not sent again.`,
    { server, circumstance: { sent: true, linkLost: true } },
  );

export const linkClosed = (server: string): Fault =>
  new Fault(
    "UPSTREAM_UNAVAILABLE",
    `The connection to ${server} is closed; nothing was sent. It is being brought back.`,
    {
      server,
    },
  );

/** Nothing was sent: the connection could not be made. OVERLOADED when that is this process's own doing. */
export function unreachable(server: string, cause: Error): Fault {
  const code = codeOf(cause);
  const why = WHY[code] ?? `failed (${code})`;
  return (
    ownShortage(server, cause) ??
    new Fault("UPSTREAM_UNAVAILABLE", `${server} could not be reached: ${why}. Nothing was sent.`, {
      server,
      cause,
    })
  );
}

/** The request left and no reply came back. */
export const lostAfterSend = (server: string, cause: Error): Fault =>
  outcomeUnknown(server, `lost the connection (${codeOf(cause)})`, cause);

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused (ECONNREFUSED)",
  ENOTFOUND: "its host name is unknown (ENOTFOUND)",
  EAI_AGAIN: "its host name could not be looked up (EAI_AGAIN)",
  UND_ERR_CONNECT_TIMEOUT: "it did not accept a connection in time (UND_ERR_CONNECT_TIMEOUT)",
  UND_ERR_INVALID_ARG: "a configured header or its URL is not valid HTTP; correct the definition",
};

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

/** Milliseconds of a Retry-After header (seconds or a date), between 0 and five minutes. */
export function retryAfterMs(headers: IncomingHttpHeaders, wallMs: number): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - wallMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(Math.ceil(ms), 0), MAX_RETRY_AFTER_MS);
}

/**
 * The fault behind any status that is not 2xx. Its circumstance carries the status, and `sent` where the server had begun to
 * answer: a refusal (429, 503 and every 4xx) has carried nothing out.
 */
export function faultOfStatus(server: string, head: ResponseHead, wallMs: number): Fault {
  const { status } = head;
  if (status === 401 || status === 403) {
    const text = `${server} refuses the gateway's credentials (HTTP ${status}). Renew the headers of its definition.`;
    return new Fault("UPSTREAM_AUTH", text, { server, circumstance: { status } });
  }
  if (status === 429 || status === 503) return refusedForNow(server, head, wallMs);
  if (status >= 300 && status < 400) {
    return protocolFault(server, `redirects (HTTP ${status}) to ${locationOf(head.headers)}, which is not followed`);
  }
  if (status < 500) return protocolFault(server, `answered HTTP ${status}`, { status });
  const text = `${server} failed while answering (HTTP ${status}). The request may have taken effect.`;
  return new Fault("UPSTREAM_UNAVAILABLE", text, { server, circumstance: { sent: true, status } });
}

function refusedForNow(server: string, head: ResponseHead, wallMs: number): Fault {
  const waitMs = retryAfterMs(head.headers, wallMs);
  const when = waitMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} s`;
  const text = `${server} accepts no requests now (HTTP ${head.status}); try again ${when}.`;
  return new Fault("UPSTREAM_UNAVAILABLE", text, {
    server,
    circumstance: { status: head.status },
    ...(waitMs === undefined ? undefined : { retryAfterMs: waitMs }),
  });
}

function locationOf(headers: IncomingHttpHeaders): string {
  const { location } = headers;
  if (location === undefined) return "nowhere";
  const base = "http://same-origin.invalid";
  const url = URL.parse(location, base);
  if (url === null) return "an unreadable address";
  return url.origin === base ? url.pathname : `${url.origin}${url.pathname}`;
}

export const sessionLost = (server: string): Fault =>
  new Fault("SESSION_NOT_FOUND", `${server} no longer knows our session. A new one is opened.`, { server });

/**
 * Whether a refusal means that the legacy session is gone. The specification asks for 404; many servers built on the
 * reference examples answer 400 and say so in the error's message.
 */
export function isSessionLost(status: number, body: Buffer): boolean {
  if (status === 404) return true;
  if (status !== 400) return false;
  const error = errorReplyOf(body)?.error;
  return isObject(error) && /session|not initialized/i.test(String(error.message));
}

/** The JSON-RPC error reply that an error body holds, parsed; undefined for anything else. */
export function errorReplyOf(body: Buffer): Record<string, unknown> | undefined {
  if (body.length === 0 || body.length > MAX_ERROR_BYTES || jsonDepth(body) > MAX_JSON_DEPTH) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (!isObject(value) || !isObject(value.error) || typeof value.error.code !== "number") return undefined;
    return Object.hasOwn(value, "result") ? undefined : value;
  } catch {
    return undefined;
  }
}
