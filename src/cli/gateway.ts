// How does a command ask a running gateway? One typed function over the REST routes; every failure is a fault in plain words.
import { readFile } from "node:fs/promises";
import type { Routes } from "#contract/api.ts";
import { FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { isObject } from "#lib/json.ts";

/** Where the gateway is and how to be let in. */
export interface GatewayAddress {
  readonly url: string;
  readonly token: string | null;
  /** Read when `token` is null; null when this machine's token must not be sent there. */
  readonly tokenFile: string | null;
}

export interface Question {
  /** Values for `{...}` in the route. */
  readonly params?: Readonly<Record<string, string>>;
  /** What stands behind the `?`; undefined members are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** The revision that the asker has read. */
  readonly ifMatch?: number;
  /** Milliseconds to wait for the whole answer. Default 10000. */
  readonly timeoutMs?: number;
}

export interface Gateway {
  readonly url: string;
  /** Throws the fault that the gateway answered, or UPSTREAM_UNAVAILABLE when no gateway answers. */
  ask<K extends keyof Routes>(route: K, question?: Question): Promise<Routes[K]["answer"]>;
}

const TIMEOUT_MS = 10_000;

/** Nothing is sent before the first question. */
export function createGateway(address: GatewayAddress): Gateway {
  let token: Promise<string | null> | undefined;
  return {
    url: address.url,
    async ask<K extends keyof Routes>(route: K, question: Question = {}): Promise<Routes[K]["answer"]> {
      token ??= readToken(address);
      const response = await send(address.url, route, { ...question, token: await token });
      return (await readAnswer(response, address)) as Routes[K]["answer"];
    },
  };
}

/** The token to show; null when there is none. */
export async function readToken({ token, tokenFile }: GatewayAddress): Promise<string | null> {
  if (token !== null || tokenFile === null) return token;
  return readFile(tokenFile, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

async function send(url: string, route: string, question: Question & { token: string | null }): Promise<Response> {
  const [method = "GET", path = "/"] = route.split(" ");
  const target = path.replace(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(question.params?.[name] ?? ""),
  );
  const headers: Record<string, string> = { accept: "application/json" };
  if (question.token !== null) headers.authorization = `Bearer ${question.token}`;
  if (question.ifMatch !== undefined) headers["if-match"] = `"${question.ifMatch}"`;
  if (question.body !== undefined) headers["content-type"] = "application/json";
  try {
    return await fetch(url + target + queryText(question.query), {
      method,
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(question.timeoutMs ?? TIMEOUT_MS),
      ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
    });
  } catch (error) {
    throw silence(url, question.timeoutMs ?? TIMEOUT_MS, error);
  }
}

function queryText(query: Question["query"] = {}): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, value);
  return given.size === 0 ? "" : `?${given}`;
}

/** Why nobody answered at `url`; `timeoutMs` is how long was waited at most. */
export function silence(url: string, timeoutMs: number, error: unknown): Fault {
  if (error instanceof Error && error.name === "TimeoutError") {
    const message = `The gateway at ${url} did not answer within ${timeoutMs / 1_000} s. Look at its log, then try again.`;
    return new Fault("DEADLINE_EXCEEDED", message, { cause: error });
  }
  const message = `No gateway answers at ${url}. Start it with \`npm start\`, or name another with --url.`;
  return new Fault("UPSTREAM_UNAVAILABLE", message, { cause: error });
}

async function readAnswer(response: Response, address: GatewayAddress): Promise<unknown> {
  if (response.status === 204) return undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && isObject(body)) return body;
  throw faultOf(response.status, body, address);
}

function faultOf(status: number, body: unknown, address: GatewayAddress): Fault {
  if (status === 401) return unauthenticated(address);
  const error = isObject(body) ? body.error : undefined;
  if (!isObject(error) || typeof error.message !== "string") {
    const message = `What answers at ${address.url} is not an OMNI2 gateway (HTTP ${status}). Name the gateway with --url.`;
    return new Fault("UPSTREAM_PROTOCOL", message);
  }
  const code =
    typeof error.code === "string" && Object.hasOwn(FAULTS, error.code) ? (error.code as FaultCode) : "INTERNAL";
  const request = code === "INTERNAL" ? ` (request ${String(error.requestId)}; see the gateway's log)` : "";
  const more = typeof error.callId === "string" ? ` \`omni2 explain ${error.callId}\` tells more.` : "";
  return new Fault(
    code,
    error.message + request + more,
    Array.isArray(error.issues) ? { data: { issues: error.issues } } : {},
  );
}

function unauthenticated({ url, token, tokenFile }: GatewayAddress): Fault {
  const tried = token !== null ? "the token in OMNI2_ADMIN_TOKEN" : `the token in ${tokenFile ?? "no file"}`;
  const wayOut =
    token === null && tokenFile === null
      ? "Set OMNI2_ADMIN_TOKEN to its admin token."
      : "Set OMNI2_ADMIN_TOKEN, or name the gateway's data directory with --data-dir.";
  const what = tokenFile === null && token === null ? "asks for a token" : `does not accept ${tried}`;
  return new Fault("UNAUTHENTICATED", `The gateway at ${url} ${what}. ${wayOut}`);
}
