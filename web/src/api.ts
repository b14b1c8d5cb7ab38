// How does the page ask the gateway? A typed fetch over the route table; it never shows or stores a credential.
import type { ErrorAnswer, Routes } from "../../src/contract/api.ts";

type Key = keyof Routes;

export interface Ask<K extends Key> {
  /** Values for `{placeholders}` in the path; encoded here. */
  readonly params?: Readonly<Record<string, string>>;
  /** What follows `?`; encoded here. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Routes[K]["body"];
  /** The revision that the change was made from. */
  readonly ifMatch?: number;
  readonly signal?: AbortSignal;
}

export type Issue = NonNullable<ErrorAnswer["error"]["issues"]>[number];

/** What the gateway refused, or that it did not answer at all (`code` NO_ANSWER, status 0). */
export class ApiFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  /** What is wrong with what was sent, each with its path. */
  readonly issues: readonly Issue[];

  constructor(status: number, error: Partial<ErrorAnswer["error"]> & { code: string; message: string }) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.retryAfterMs = error.retryAfterMs;
    this.requestId = error.requestId;
    this.issues = error.issues ?? [];
  }
}

/** The window's event when the gateway no longer accepts this browser's session. */
export const SIGNED_OUT = "omni2-signed-out";

export const isSignedOut = (error: unknown): boolean => error instanceof ApiFault && error.status === 401;

const pathOf = (key: string, params: Readonly<Record<string, string>>): string =>
  key.slice(key.indexOf(" ") + 1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));

const queryOf = (query: Readonly<Record<string, string>> | undefined): string =>
  query && Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : "";

function initOf<K extends Key>(key: K, { body, signal, ifMatch }: Ask<K>): RequestInit {
  const method = key.slice(0, key.indexOf(" "));
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-omni2-csrf"] = "1";
  if (ifMatch !== undefined) headers["if-match"] = `"${ifMatch}"`;
  if (body !== undefined) headers["content-type"] = "application/json";
  return {
    method,
    headers,
    credentials: "same-origin",
    cache: "no-store",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiFault(0, {
      code: "NO_ANSWER",
      message: "The gateway did not answer. Check that it runs, then retry.",
    });
  }
}

async function refusalOf(response: Response): Promise<ApiFault> {
  const answer = (await response.json().catch(() => null)) as Partial<ErrorAnswer> | null;
  const error = answer?.error;
  if (typeof error?.code === "string" && typeof error.message === "string") return new ApiFault(response.status, error);
  return new ApiFault(response.status, {
    code: `HTTP_${response.status}`,
    message: `The gateway answered ${response.status} without saying why. Its log tells more.`,
  });
}

/** A fault as the gateway told it, or a bug of the page as one. */
export const faultOf = (error: unknown): ApiFault =>
  error instanceof ApiFault
    ? error
    : new ApiFault(0, { code: "PAGE", message: "The page met a bug while asking the gateway. Reload it." });

/** What to tell a person about something that went wrong here. */
export const wordsOf = (error: unknown): string => faultOf(error).message;

/** Asks one route of the contract. Throws `ApiFault`, or the signal's reason when it was aborted. */
export async function api<K extends Key>(key: K, ask: Ask<K> = {}): Promise<Routes[K]["answer"]> {
  const response = await send(pathOf(key, ask.params ?? {}) + queryOf(ask.query), initOf(key, ask));
  if (response.status === 401) dispatchEvent(new Event(SIGNED_OUT));
  if (!response.ok) throw await refusalOf(response);
  if (response.status === 204) return undefined as Routes[K]["answer"];
  return (await response.json()) as Routes[K]["answer"];
}
