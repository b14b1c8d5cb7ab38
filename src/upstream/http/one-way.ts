// How is a message posted that gets no answer of its own, and how is a refusal told to the SDK? Every failure carries the
// fault as its cause; a refusal by status is an SdkHttpError, which era negotiation reads.
import { SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import { isFault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import { faultOfStatus, isSessionLost, sessionLost } from "./faults.ts";
import type { HttpLink } from "./link.ts";
import { isSuccess, type ResponseHead } from "./response.ts";
import { startTrip, type TripEnd } from "./trip.ts";

/** Nobody waits longer for a notification or a response to be taken. */
export const ONE_WAY_LIMIT_MS = 10_000;
const MAX_ERROR_TEXT = 8 * 1024;
const EMPTY = Buffer.alloc(0);

/** Resolves once the server has taken the message. Throws an error whose cause is the fault. */
export async function postOneWay(link: HttpLink, message: JsonObject, limitMs = ONE_WAY_LIMIT_MS): Promise<void> {
  try {
    const end = await startTrip(link, { pool: link.pools.control, body: JSON.stringify(message), limitMs }).end;
    if (!isSuccess(end.head.status)) throw httpError(link, end.head, bodyOf(end));
  } catch (error) {
    throw withCause(error);
  }
}

/** The body of a complete response; empty when it was an event stream. */
export const bodyOf = (end: TripEnd): Buffer => (end.kind === "body" ? end.body : EMPTY);

export function refusalFault(link: HttpLink, head: ResponseHead, body: Buffer) {
  const lost = link.hasSession && isSessionLost(head.status, body);
  return lost ? sessionLost(link.name) : faultOfStatus(link.name, head, link.world.wall());
}

export function httpError(link: HttpLink, head: ResponseHead, body: Buffer): SdkHttpError {
  const cause = refusalFault(link, head, body);
  const text = body.toString("utf8", 0, MAX_ERROR_TEXT);
  const data = { status: head.status, statusText: head.statusText, text };
  return new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, cause.message, data, { cause });
}

/** The SDK gets errors of its own kind or plain ones; ours is their cause. */
export const withCause = (error: unknown): unknown =>
  isFault(error) ? new Error(error.message, { cause: error }) : error;
