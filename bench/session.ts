// One legacy MCP session of the load: opens it on one connection of its own, calls tools and checks every answer.
// Any answer but the right one is thrown, with what was asked and what came.
import { Client, type Dispatcher } from "undici";
import { bigTextWire } from "./answers.ts";
import { joined } from "./body.ts";

/** What a session calls, again and again. */
export interface CallPlan {
  /** MCP endpoint, with its path. */
  readonly url: string;
  /** `echo` or `big`, possibly behind a prefix of the aggregate endpoint. */
  readonly tool: string;
  /** Length of the text that `big` returns; 0 calls with the arguments of `echo`. */
  readonly bytes: number;
  /** So many different arguments of `echo`, again and again; without it they never repeat. */
  readonly keys?: number;
}

/** An HTTP answer as it came. */
export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

const PROTOCOL_VERSION = "2025-11-25";
const TEXT_MARK = Buffer.from(`"text":"`);

// Ids are distinct over all sessions of the process, and arguments are made of them.
let lastId = 0;

export interface Session {
  /** One tools/call with the next arguments. Rejects on anything but the right answer. */
  call(): Promise<void>;
  /** Ends the session and its connection. */
  close(): Promise<void>;
}

export async function openSession(plan: CallPlan): Promise<Session> {
  const url = new URL(plan.url);
  const client = new Client(url.origin, { pipelining: 1, bodyTimeout: 30_000, headersTimeout: 30_000 });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const post = (body: string): Promise<Reply> => send(client, { path: url.pathname, method: "POST", headers, body });
  const clientInfo = { name: "omni2-bench", version: "1.0.0" };
  const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo };
  const opened = await post(JSON.stringify({ jsonrpc: "2.0", id: ++lastId, method: "initialize", params }));
  expectStatus(opened, 200, "initialize");
  const session = opened.headers["mcp-session-id"];
  if (typeof session === "string") headers["mcp-session-id"] = session;
  headers["mcp-protocol-version"] = PROTOCOL_VERSION;
  expectStatus(await post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`), 202, "notifications/initialized");
  return {
    async call() {
      const id = ++lastId;
      const head = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"${plan.tool}","arguments":`;
      const args = plan.bytes === 0 ? `{"message":"${messageOf(plan, id)}"}` : `{"n":${id},"bytes":${plan.bytes}}`;
      checkAnswer(plan, id, await post(`${head}${args}}}`));
    },
    async close() {
      if (session !== undefined) await send(client, { path: url.pathname, method: "DELETE", headers });
      await client.close();
    },
  };
}

const messageOf = ({ keys }: CallPlan, id: number): string =>
  `call ${keys === undefined ? id : id % keys} of the benchmark, nothing more`;

function checkAnswer(plan: CallPlan, id: number, reply: Reply): void {
  expectStatus(reply, 200, plan.tool);
  const right =
    plan.bytes === 0 ? isEcho(reply.body, id, messageOf(plan, id)) : isBig(reply.body, { id, bytes: plan.bytes });
  if (!right) throw new Error(`${plan.tool} with id ${id} at ${plan.url} got a wrong answer: ${shown(reply.body)}`);
}

interface TextResult {
  readonly id?: unknown;
  readonly result?: {
    readonly content?: readonly { readonly type?: string; readonly text?: string }[];
    readonly isError?: boolean;
  };
}

/** True when it is a plain result of this id with exactly one text block of this text. */
function isText(message: TextResult, id: number, text: string): boolean {
  const { content, isError } = message.result ?? {};
  return message.id === id && isError !== true && content?.length === 1 && content[0]?.text === text;
}

const isEcho = (body: Buffer, id: number, message: string): boolean => isText(parsed(body), id, message);

// The long text is compared as bytes and cut out before the envelope is parsed: parsing 64 KB for every call would make
// the load dearer than what it measures. A gateway that escapes the text in another way is still right, only slower here.
function isBig(body: Buffer, { id, bytes }: { id: number; bytes: number }): boolean {
  const wire = bigTextWire(id, bytes);
  const from = body.indexOf(TEXT_MARK) + TEXT_MARK.length;
  if (body.subarray(from, from + wire.length).equals(wire)) {
    return isText(parsed(Buffer.concat([body.subarray(0, from), body.subarray(from + wire.length)])), id, "");
  }
  return isText(parsed(body), id, JSON.parse(`"${wire.toString()}"`) as string);
}

function parsed(body: Buffer): TextResult {
  try {
    return JSON.parse(body.toString()) as TextResult;
  } catch {
    return {};
  }
}

function expectStatus(reply: Reply, status: number, what: string): void {
  if (reply.status !== status) throw new Error(`${what} got HTTP ${reply.status}: ${shown(reply.body)}`);
}

const shown = (body: Buffer): string => body.toString("utf8", 0, 300);

/** One request on a kept connection, without any check of what comes back. */
export function send(client: Client, request: Dispatcher.DispatchOptions): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let headers: Reply["headers"] = {};
    client.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode, replyHeaders) {
        status = statusCode;
        headers = replyHeaders;
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve({ status, headers, body: joined(chunks) }),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}
