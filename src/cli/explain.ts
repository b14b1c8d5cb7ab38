// What happened to one call? Its way and outcome in words, and where its time went.
import type { CallRecord } from "#contract/call.ts";
import { FAULTS, type FaultCode } from "#contract/fault.ts";
import type { CircuitState } from "#contract/upstream.ts";
import { reasonSentence } from "./cache-reasons.ts";
import type { Ends } from "./command.ts";
import { printJson } from "./terminal.ts";
import { byteSize, duration, oneLine } from "./text.ts";
import { waterfall } from "./waterfall.ts";

/** Throws CALL_NOT_FOUND. */
export async function explainCall(
  id: string,
  { gateway, terminal }: Ends,
  options: { json?: boolean },
): Promise<number> {
  const record = await gateway.ask("GET /api/calls/{id}", { params: { id } });
  if (options.json === true) printJson(terminal, record);
  else for (const line of explanation(record, Date.now())) terminal.print(line);
  return 0;
}

/** `now`: wall time. */
export function explanation(record: CallRecord, now: number): string[] {
  const { kind, server, name, at, principal, era } = record;
  const when = `${new Date(at).toISOString().replace("T", " ").replace("Z", " UTC")}, ${duration(Math.max(0, now - at))} ago`;
  const rows: [head: string, text: string][] = [
    ["call", record.id],
    ["when", when],
    ["asked by", `${principal}, ${ERAS[era]}`],
    ["for", `${kind} ${name}${server === null ? "" : ` of ${server}`}`],
    ["outcome", outcomeWords(record)],
    ["cache", cacheWords(record)],
    ["breaker", breakerWords(record)],
    ["attempts", attemptWords(record)],
  ];
  return [...rows.map(([head, text]) => `${head.padEnd(10)}${oneLine(text)}`), "", ...waterfall(record)];
}

const ERAS: Readonly<Record<CallRecord["era"], string>> = {
  legacy: "over MCP with a session (2024-11-05 to 2025-11-25)",
  modern: "over MCP without a session (2026-07-28)",
  rest: "over REST (dashboard, command line or a program)",
};

function outcomeWords({ outcome, faultCode, resultBytes }: CallRecord): string {
  if (outcome === "ok") return `a result, ${byteSize(resultBytes)}`;
  if (outcome === "tool_error") return `the tool reported an error, ${byteSize(resultBytes)}`;
  const code = faultCode ?? "INTERNAL";
  if (code === "UPSTREAM_ERROR") return `${code}: the server answered with a JSON-RPC error.`;
  return `${code}: ${Object.hasOwn(FAULTS, code) ? FAULTS[code as FaultCode].text : "a fault."}`;
}

function cacheWords({ disposition, cacheReason, ageMs, breaker }: CallRecord): string {
  const age = duration(ageMs ?? 0);
  switch (disposition) {
    case "hit":
      return `hit: answered with what was kept ${age} before; the server was not asked.`;
    case "stale":
      return breaker === null
        ? `stale: answered with what was kept ${age} before, past its time, as its rule allows.`
        : `stale: the server could not answer, so what was kept ${age} before was given, as its rule allows.`;
    case "coalesced":
      return "coalesced: answered together with an equal call that was being asked already.";
    case "miss":
      return "miss: nothing usable was kept, so the server was asked.";
    case "shadow":
      return `shadow: only watched, because ${because(cacheReason)}`;
    case "bypass":
      return cacheReason === null ? "the call did not get so far." : `bypass: ${because(cacheReason)}`;
  }
}

const because = (reason: CallRecord["cacheReason"]): string =>
  reason === null ? "nobody knows why." : reasonSentence(reason);

const BREAKERS: Readonly<Record<CircuitState, string>> = {
  closed: "closed, so calls pass.",
  open: "open: the server had failed repeatedly, so nothing is sent to it for a while.",
  half_open: "half open: single trials decide whether the server is back.",
  isolated: "isolated by a person: nothing is sent to the server until it is released.",
};

const breakerWords = ({ breaker }: CallRecord): string => (breaker === null ? "not asked." : BREAKERS[breaker]);

function attemptWords({ attempts }: CallRecord): string {
  if (attempts === 0) return "none: nothing was sent to the server.";
  return attempts === 1 ? "1" : `${attempts}: ${attempts - 1} more than the first`;
}
