// How is a fault told to an MCP client? Availability is told to the model as a result; request errors to the host as errors.
import type { CallKind } from "#contract/call.ts";
import { type Fault, toFault } from "#contract/fault.ts";
import { META, type RequestId } from "./protocol.ts";

export interface FaultReply {
  readonly status: number;
  readonly body: string;
}

export interface FaultContext {
  readonly id: RequestId | null;
  readonly era: "legacy" | "modern";
  /** Set for calls that passed the pipeline; a tool call's availability fault becomes an `isError` result. */
  readonly call?: { readonly id: string; readonly kind: CallKind };
}

/** JSON-RPC has no code for these; the HTTP status carries the meaning and INVALID_REQUEST the error. */
const RPC_FALLBACK = -32600;

export function faultReply(error: unknown, context: FaultContext): FaultReply {
  const fault = toFault(error);
  if (fault.row.audience === "model" && context.call?.kind === "tool") return toolErrorReply(fault, context);
  return { status: httpStatus(fault, context), body: errorBody(fault, context) };
}

function toolErrorReply(fault: Fault, context: FaultContext): FaultReply {
  const details = { code: fault.code, server: fault.server, retryAfterMs: fault.retryAfterMs };
  const result = {
    ...(context.era === "modern" ? { resultType: "complete" } : {}),
    content: [{ type: "text", text: fault.message }],
    isError: true,
    _meta: { [META.call]: context.call?.id, [META.fault]: details },
  };
  return { status: 200, body: JSON.stringify({ jsonrpc: "2.0", id: context.id, result }) };
}

function errorBody(fault: Fault, context: FaultContext): string {
  const known = isRecord(fault.data) ? fault.data : undefined;
  const ours = {
    ...(context.call === undefined ? {} : { [META.call]: context.call.id }),
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
  };
  const data = known === undefined && Object.keys(ours).length === 0 ? undefined : { ...known, ...ours };
  const error = { code: fault.row.rpc ?? RPC_FALLBACK, message: fault.message, data };
  return JSON.stringify({ jsonrpc: "2.0", id: context.id, error });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** In-band faults of a call travel as HTTP 200; what is wrong with the HTTP request itself keeps its status. */
function httpStatus(fault: Fault, context: FaultContext): number {
  const inBand = context.call !== undefined || (fault.code === "METHOD_NOT_FOUND" && context.era === "legacy");
  if (inBand) return 200;
  if (fault.code === "INVALID_PARAMS" && context.era === "legacy") return 200;
  return fault.row.http === 0 ? 500 : fault.row.http;
}
