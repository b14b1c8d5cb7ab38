// How do the fault tests ask the gateway? Raw requests of both eras and REST, each with an id of its own, each counted; an answer
// must come once, carry that id, and come in time.
import assert from "node:assert/strict";
import { FAULTS, type FaultCode } from "#contract/fault.ts";
import { isObject } from "#lib/json.ts";
import type { TestGateway } from "../kit.ts";
import { modern, type Note, openSession, type Received, type Sending, send } from "../raw.ts";
import { faultIn } from "../recovery-kit.ts";

export type Via = "modern" | "legacy" | "rest";

export interface Asking {
  readonly server: string;
  readonly tool: string;
  readonly arguments?: Record<string, unknown>;
  /** Default: the eras of MCP in turn. */
  readonly via?: Via;
  /** When the answer is due, in milliseconds. */
  readonly limitMs: number;
  /** Asks for progress, so that notifications may come ahead of the answer. */
  readonly progress?: boolean;
}

export interface Answer {
  readonly outcome: "ok" | "tool_error" | "fault";
  /** The fault's code, or `RPC` and the number where a client sees no more. */
  readonly code: string;
  /** The first text of a result, or the message of a fault. */
  readonly text: string;
  readonly tookMs: number;
  readonly status: number;
  /** The whole body as it came. */
  readonly body: string;
  /** Notifications that came ahead of the answer. */
  readonly notes: readonly Note[];
}

export interface Caller {
  call(asking: Asking): Promise<Answer>;
  /** Calls of one server by outcome, since the start. */
  tally(server: string): Readonly<Record<Answer["outcome"], number>>;
  /** Counts a call that was made in another way and answered. */
  countExtra(server: string): void;
}

/** What a busy machine may add to a deadline before a late answer counts as late. */
const SLACK_MS = 2_500;

type Tally = Record<Answer["outcome"], number>;

export async function openCaller(gateway: TestGateway): Promise<Caller> {
  const session = await openSession(gateway.url, "/mcp");
  const tallies = new Map<string, Tally>();
  const tallyOf = (server: string): Tally => {
    const tally = tallies.get(server) ?? { ok: 0, tool_error: 0, fault: 0 };
    tallies.set(server, tally);
    return tally;
  };
  let asked = 0;
  return {
    async call(asking) {
      const id = `ask-${++asked}`;
      const via = asking.via ?? (asked % 2 === 0 ? "modern" : "legacy");
      const beganAt = performance.now();
      const received = await send(gateway.url, sendingOf(asking, { id, via, session, token: gateway.token }));
      const tookMs = performance.now() - beganAt;
      const answer = via === "rest" ? restAnswer(received, tookMs) : mcpAnswer(received, id, tookMs);
      tallyOf(asking.server)[answer.outcome] += 1;
      const limitMs = asking.limitMs + SLACK_MS;
      assert.ok(tookMs < limitMs, `${asking.server} ${via} answered after ${Math.round(tookMs)} ms, not ${limitMs} ms`);
      return answer;
    },
    tally: tallyOf,
    countExtra: (server) => void tallyOf(server).ok++,
  };
}

interface Way {
  readonly id: string;
  readonly via: Via;
  readonly session: string;
  readonly token: string;
}

function sendingOf({ server, tool, arguments: args = {}, progress }: Asking, way: Way): Sending {
  const { id, via, session, token } = way;
  if (via === "rest") {
    const headers = { authorization: `Bearer ${token}` };
    return { path: "/api/tools/call", headers, body: JSON.stringify({ server, tool, arguments: args }) };
  }
  const _meta = progress ? { progressToken: `progress-${id}` } : {};
  const params = { name: `${server}__${tool}`, arguments: args, _meta };
  if (via === "modern") return modern("/mcp", { id, method: "tools/call", params });
  const headers = { "mcp-session-id": session };
  return { path: "/mcp", headers, body: JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params }) };
}

const EVENT_DATA = /^data: (.+)$/gm;

function mcpAnswer(received: Received, id: string, tookMs: number): Answer {
  const { text: body, status } = received;
  const messages =
    received.json === undefined
      ? [...body.matchAll(EVENT_DATA)].map(([, data = ""]) => JSON.parse(data) as Record<string, unknown>)
      : [received.json as Record<string, unknown>];
  const answers = messages.filter((message) => message.method === undefined);
  assert.equal(answers.length, 1, `one answer, not ${answers.length}: ${body.slice(0, 500)}`);
  const [message = {}] = answers;
  assert.equal(message.id, id, `its own id: ${body.slice(0, 500)}`);
  const notes = messages.filter((one) => one.method !== undefined) as unknown as Note[];
  const common = { tookMs, status, body, notes };
  if (isObject(message.error)) {
    const { code, message: words } = message.error;
    return { ...common, outcome: "fault", code: `RPC ${code}`, text: String(words) };
  }
  const fault = faultIn(message.result);
  const text = textIn(message.result);
  if (fault !== undefined) return { ...common, outcome: "fault", code: fault.code, text };
  const isError = isObject(message.result) && message.result.isError === true;
  return { ...common, outcome: isError ? "tool_error" : "ok", code: "", text };
}

function restAnswer({ status, json, text: body }: Received, tookMs: number): Answer {
  const common = { tookMs, status, body, notes: [] };
  if (status !== 200) return { ...common, outcome: "fault", code: json?.error?.code, text: json?.error?.message };
  const isError = json.result.isError === true;
  return { ...common, outcome: isError ? "tool_error" : "ok", code: "", text: textIn(json.result) };
}

function textIn(result: unknown): string {
  if (!isObject(result) || !Array.isArray(result.content)) return "";
  const [first] = result.content as unknown[];
  return isObject(first) ? String(first.text) : "";
}

/** Fails unless the answer is one of these faults and names the server. */
export function assertFault(answer: Answer, codes: readonly FaultCode[], server: string): void {
  const seen = `${answer.outcome} ${answer.code}: ${answer.text}`;
  assert.equal(answer.outcome, "fault", seen);
  const known = codes.some(
    (code) => answer.code === code || (FAULTS[code].audience === "host" && answer.code === `RPC ${FAULTS[code].rpc}`),
  );
  assert.ok(known, `${codes} expected, not ${seen}`);
  assert.ok(answer.text.includes(server), `the fault names the server: ${answer.text}`);
}

export function assertOk(answer: Answer, text?: string): void {
  assert.equal(answer.outcome, "ok", `${answer.outcome} ${answer.code}: ${answer.text}`);
  if (text !== undefined) assert.equal(answer.text, text);
}
