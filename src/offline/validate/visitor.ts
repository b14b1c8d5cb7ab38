// How do the checks speak with a running gateway? Over its REST routes, its pages, its MCP endpoint and its live feed, as anybody
// else does; an answer is handed out as it came, because what it says is what is being judged.
import { type GatewayAddress, readToken, silence } from "#cli/gateway.ts";
import type { Ticket } from "#contract/api.ts";
import { FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { META, MODERN_VERSION } from "#mcp/protocol.ts";
import { type FeedReader, openFeed } from "./feed-reader.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

export interface Visitor {
  readonly url: string;
  /** Throws UPSTREAM_UNAVAILABLE when nobody answers. */
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The answer to GET as JSON. Throws the fault that the gateway answered. */
  get(path: string): Promise<unknown>;
  /** The result of one request over MCP at `path`. Throws UPSTREAM_PROTOCOL for anything else. */
  mcp(path: string, method: string, params?: JsonObject): Promise<JsonObject>;
  /** Opens `/ws` with a single-use ticket. */
  listen(): Promise<FeedReader>;
}

const TIMEOUT_MS = 10_000;
/** A gateway whose machine is overloaded turns callers away for a moment; that says nothing about what is asked here. */
const BUSY_TRIES = 6;
const BUSY_WAIT_MS = 1_000;
const SOCKET_TRIES = 3;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// Over MCP the reason stands in the words only, where it is not the result of a call.
const isBusy = ({ status, text }: Answer, path: string): boolean =>
  text.includes('"code":"OVERLOADED"') || (status === 503 && path.startsWith("/mcp"));

export async function createVisitor(address: GatewayAddress): Promise<Visitor> {
  const token = await readToken(address);
  const authorization = token === null ? undefined : { authorization: `Bearer ${token}` };
  const sendOnce = async (method: string, path: string, sent: Sent): Promise<Answer> => {
    const response = await fetch(address.url + path, {
      method,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...authorization, ...(sent.body === undefined ? {} : JSON_TYPE), ...sent.headers },
      ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
    }).catch((cause: unknown) => {
      throw silence(address.url, TIMEOUT_MS, cause);
    });
    const text = await response.text();
    return { status: response.status, type: response.headers.get("content-type") ?? "", text, json: parsed(text) };
  };
  const send = async (method: string, path: string, sent: Sent = {}): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      const answer = await sendOnce(method, path, sent);
      if (!isBusy(answer, path) || tries === BUSY_TRIES) return answer;
      await pause(BUSY_WAIT_MS);
    }
  };
  const get = async (path: string): Promise<unknown> => accepted(await send("GET", path));
  return {
    url: address.url,
    send: (method, path, body) => send(method, path, { body }),
    get,
    async mcp(path, method, params = {}) {
      const answer = await send("POST", path, modernRequest(method, params));
      if (isObject(answer.json) && isObject(answer.json.result)) return answer.json.result;
      throw new Fault("UPSTREAM_PROTOCOL", `${method} at ${path} was answered with ${excerpt(answer)}`);
    },
    async listen() {
      for (let tries = 1; ; tries++) {
        const { ticket } = accepted(await send("POST", "/api/tickets")) as Ticket;
        const url = `${address.url.replace(/^http/, "ws")}/ws?ticket=${encodeURIComponent(ticket)}`;
        try {
          return await openFeed(url);
        } catch (refusal) {
          // Why a socket is refused is not told to its client: it may be that the gateway is busy.
          if (tries === SOCKET_TRIES) throw refusal;
          await pause(BUSY_WAIT_MS);
        }
      }
    },
  };
}

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { "content-type": "application/json" };

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function accepted(answer: Answer): unknown {
  if (answer.status < 300 && answer.json !== undefined) return answer.json;
  const error = isObject(answer.json) && isObject(answer.json.error) ? answer.json.error : {};
  const known = typeof error.code === "string" && Object.hasOwn(FAULTS, error.code);
  throw new Fault(known ? (error.code as FaultCode) : "UPSTREAM_PROTOCOL", excerpt(answer));
}

const MAX_EXCERPT = 200;

/** An answer in words that fit a line. */
export const excerpt = ({ status, text }: Answer): string => `HTTP ${status} ${text.slice(0, MAX_EXCERPT)}`.trim();

function modernRequest(method: string, params: JsonObject): Sent {
  const envelope = {
    [META.protocolVersion]: MODERN_VERSION,
    [META.clientInfo]: { name: "omni2-validate", version: "1" },
    [META.clientCapabilities]: {},
  };
  const name = typeof params.name === "string" ? { "mcp-name": params.name } : {};
  return {
    body: { jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: envelope } },
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": MODERN_VERSION,
      "mcp-method": method,
      ...name,
    },
  };
}
