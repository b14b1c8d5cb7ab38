// How does an error look to a REST caller? Faults by their table row; anything else only as INTERNAL and a request id.
import type { FastifyError } from "fastify";
import type { ZodError } from "zod";
import type { ErrorAnswer } from "#contract/api.ts";
import { Fault, type FaultCode } from "#contract/fault.ts";
import { isObject } from "#lib/json.ts";

export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorAnswer;
}

type Issue = { path: string; message: string };

const INTERNAL_MESSAGE = "The gateway met a bug while answering; its log tells more under this request id.";
const FRAMEWORK_FAULTS: Readonly<Record<string, readonly [FaultCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ["BODY_TOO_LARGE", "The request body is larger than 1 MiB."],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["INVALID_REQUEST", "Send the body as application/json."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["INVALID_REQUEST", "The body is not as long as Content-Length says."],
};

/** Any thrown value as a fault; errors of the HTTP framework that are the caller's become INVALID_REQUEST. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  const known = code === undefined ? undefined : FRAMEWORK_FAULTS[code];
  if (known !== undefined) return new Fault(known[0], known[1]);
  const callers =
    code?.startsWith("FST_") === true && statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  if (callers) return new Fault("INVALID_REQUEST", "The request is not valid HTTP for this route.");
  return new Fault("INTERNAL", INTERNAL_MESSAGE, { cause: error });
}

/** Issues of a schema as dotted paths, at most 100. */
export const issuesOf = (error: ZodError): Issue[] =>
  error.issues.slice(0, 100).map(({ path, message }) => ({ path: path.map(String).join("."), message }));

function carriedIssues(data: unknown): Issue[] | undefined {
  if (!isObject(data) || !Array.isArray(data.issues)) return undefined;
  return data.issues.filter(isObject).map((issue) => ({
    path: String(issue.path ?? ""),
    message: String(issue.message ?? ""),
  }));
}

const carriedCall = (data: unknown): { callId?: string } =>
  isObject(data) && typeof data.callId === "string" ? { callId: data.callId } : {};

/** Status, headers and body for a fault. */
export function answerOf(fault: Fault, requestId: string): FaultAnswer {
  const leaves = fault.row.http !== 0;
  const code: FaultCode = leaves ? fault.code : "INTERNAL";
  const message = code === "INTERNAL" ? INTERNAL_MESSAGE : fault.message;
  const issues = code === "INTERNAL" ? undefined : carriedIssues(fault.data);
  const { retryAfterMs } = fault;
  const headers: Record<string, string> = {};
  if (retryAfterMs !== undefined) headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
  if (code === "UNAUTHENTICATED") headers["www-authenticate"] = 'Bearer realm="omni2"';
  return {
    status: leaves ? fault.row.http : 500,
    headers,
    body: {
      error: {
        code,
        message,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        requestId,
        ...carriedCall(fault.data),
        ...(issues === undefined ? {} : { issues }),
      },
    },
  };
}
