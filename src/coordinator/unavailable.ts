// In which words is an upstream told about? While it is away: which server, why, and when it is tried next.
import { Fault } from "#contract/fault.ts";
import type { LastFailure } from "#contract/upstream.ts";
import type { Connection } from "#upstream/connection.ts";

export interface AbsenceFacts {
  readonly lastFailure: LastFailure | null;
  readonly authRequired: boolean;
}

/** Wall times in milliseconds since 1970; null when no attempt is planned. */
export interface AttemptTimes {
  readonly nextAttemptAt: number | null;
  readonly now: number;
}

export function unavailableFault(server: string, facts: AbsenceFacts, { nextAttemptAt, now }: AttemptTimes): Fault {
  const why = facts.lastFailure?.message;
  if (facts.authRequired) {
    return new Fault("UPSTREAM_AUTH", why ?? `${server} refuses the gateway's credentials.`, { server });
  }
  if (nextAttemptAt === null)
    return new Fault("UPSTREAM_UNAVAILABLE", sentence(server, why), { server, circumstance: NO_LINK });
  const retryAfterMs = Math.max(0, Math.round(nextAttemptAt - now));
  const next = ` The next try is in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`;
  return new Fault("UPSTREAM_UNAVAILABLE", sentence(server, why) + next, {
    server,
    retryAfterMs,
    circumstance: NO_LINK,
  });
}

export interface RefusalFacts {
  readonly isolated: boolean;
  /** Why the breaker is not closed. */
  readonly reason: string | null;
  /** What went wrong last. */
  readonly last: string | null;
  /** Milliseconds until the next trial; null when none is planned. */
  readonly retryAfterMs: number | null;
}

/** What a caller hears while the breaker lets nothing through. */
export function refusedFault(server: string, { isolated, reason, last, retryAfterMs }: RefusalFacts): Fault {
  if (isolated) {
    const text = `${server} was taken out of service (${reason}); nothing was sent. A person must release it first.`;
    return new Fault("BREAKER_OPEN", text, { server });
  }
  const waitMs = Math.max(1, Math.ceil(retryAfterMs ?? 0));
  const why = `${reason}${last === null ? "" : `; the last: ${firstSentence(last).replace(/\.$/, "")}`}`;
  const next = `It is tried again in ${Math.ceil(waitMs / 1000)} s.`;
  const text = `${server} is not asked now (${why}). Nothing was sent. ${next}`;
  return new Fault("BREAKER_OPEN", text, { server, retryAfterMs: waitMs });
}

const NO_LINK = { noLink: true } as const;

const sentence = (server: string, why: string | undefined): string =>
  why === undefined
    ? `${server} is unavailable; nothing was sent.`
    : `${server} is unavailable: ${firstSentence(why).replace(/\.?$/, ".")} Nothing was sent.`;

/** What more a failure says is about the request that met it. */
const firstSentence = (text: string): string => text.split(/(?<=[.!?]) /, 1)[0] ?? text;

/** A fault in words; for a bug its cause says more than "a bug". */
export const describeFault = (fault: Fault): string =>
  fault.code === "INTERNAL" && fault.cause instanceof Error ? fault.cause.message : fault.message;

export const describeLink = ({ protocolVersion, childPid }: Connection): string =>
  `connected (protocol ${protocolVersion}${childPid === null ? "" : `, process ${childPid}`})`;
