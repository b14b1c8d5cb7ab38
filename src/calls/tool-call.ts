// How does a person's tool call (REST, dashboard, command line) pass the same onion and become JSON?
import type { ToolCallAnswer, ToolCallRequest } from "#contract/call.ts";
import { Fault, toFault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import type { World } from "#lib/world.ts";
import { META } from "#mcp/protocol.ts";
import { parseResult } from "#upstream/connection.ts";
import { RpcError } from "#upstream/rpc-error.ts";
import { cacheMark } from "./cache/mark.ts";
import type { Answerer, Call, CallFactory } from "./call.ts";

export interface ToolCallDeps {
  readonly world: World;
  readonly factory: CallFactory;
  readonly pipeline: Answerer;
}

export interface ToolCaller {
  readonly principal: string;
  readonly signal: AbortSignal;
}

const INVALID_PARAMS = -32602;

/** Throws the call's Fault; an error that the server itself answered becomes INVALID_PARAMS or UPSTREAM_PROTOCOL with its words. */
export async function callTool(
  deps: ToolCallDeps,
  request: ToolCallRequest,
  caller: ToolCaller,
): Promise<ToolCallAnswer> {
  const call = deps.factory.create({
    kind: "tool",
    method: "tools/call",
    view: request.server,
    name: request.tool,
    params: { name: request.tool, arguments: request.arguments },
    principal: caller.principal,
    era: "rest",
    cacheRequest: request.cache,
  });
  const leave = (): void => call.control.abort(new Fault("CANCELLED", "The caller went away."));
  caller.signal.addEventListener("abort", leave, { once: true });
  try {
    const result = parseResult(request.server, await deps.pipeline(call));
    return answer(call, result, deps.world.now());
  } catch (error) {
    throw ofCall(call, error instanceof RpcError ? rpcFault(request.server, error) : toFault(error));
  } finally {
    caller.signal.removeEventListener("abort", leave);
  }
}

function answer(call: Call, result: JsonObject, now: number): ToolCallAnswer {
  const { id, disposition, ageMs, attempts, upstreamMs } = call;
  const cached = cacheMark(call);
  const mark = { [META.call]: id, ...(cached === undefined ? undefined : { [META.cache]: cached }) };
  return {
    result: { ...result, _meta: { ...(result._meta as JsonObject | undefined), ...mark } },
    call: { id, disposition, ageMs, durationMs: now - call.startedAt, attempts, upstreamMs },
  };
}

/** The same fault with the call's id; another caller may hold it too. */
function ofCall({ id }: Call, fault: Fault): Fault {
  const { code, message, server, retryAfterMs, circumstance } = fault;
  if (code === "INTERNAL") return fault;
  return new Fault(code, message, {
    cause: fault,
    data: { callId: id },
    ...(server === undefined ? undefined : { server }),
    ...(retryAfterMs === undefined ? undefined : { retryAfterMs }),
    ...(circumstance === undefined ? undefined : { circumstance }),
  });
}

const rpcFault = (server: string, error: RpcError): Fault =>
  new Fault(
    error.code === INVALID_PARAMS ? "INVALID_PARAMS" : "UPSTREAM_PROTOCOL",
    `${server} refused the call: ${error.message} (JSON-RPC ${error.code}).`,
    { server },
  );
