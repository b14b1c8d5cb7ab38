// Which finished call do tests talk about? A complete record of one that went well; a test changes what it is about.
import type { CallRecord } from "./call.ts";

export const recordOf = (more: Partial<CallRecord> = {}): CallRecord => ({
  id: "c_1",
  at: 1_700_000_040_000,
  kind: "tool",
  server: "files",
  name: "read",
  principal: "local",
  era: "legacy",
  outcome: "ok",
  faultCode: null,
  disposition: "bypass",
  cacheReason: null,
  ageMs: null,
  durationMs: 5,
  queuedMs: 0,
  backoffMs: 0,
  upstreamMs: 4,
  breaker: "closed",
  attempts: 1,
  resultBytes: 10,
  ...more,
});
