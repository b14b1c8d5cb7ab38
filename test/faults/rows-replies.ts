// Which wrong things can a server answer? Rubbish, too much, too deep, for somebody else, twice, late, and both at once.
import assert from "node:assert/strict";
import type { FaultCode } from "#contract/fault.ts";
import { until } from "../kit.ts";
import { assertFault, assertOk } from "./caller.ts";
import { metric, metricsOf } from "./oracle.ts";
import { type Cell, everywhere, type Row } from "./row.ts";
import { QUICK } from "./stage.ts";
import type { Subject } from "./subject.ts";

const RECOVERY_LIMIT_MS = 10_000;
const MEBIBYTE = 1024 * 1024;
/** Its breaker is not what these rows are about. */
const PATIENT = { breaker: { ...QUICK.breaker, failures: 1_000, failureRatio: 1 } };
/** What a reply that cannot be understood leads to: over HTTP at once; elsewhere nobody knows whose it was. */
const UNUSABLE: readonly FaultCode[] = ["UPSTREAM_PROTOCOL", "UPSTREAM_TIMEOUT"];

const garbageOnStdio: Cell = async (subject) => {
  await subject.assertAnswers("noise", "through the noise");
  await subject.assertAnswers("crlf", "ok");
  await subject.assertAnswers("halves", "ok");
  await subject.assertAnswers("flood_lines", "ok", { count: 1_000 });
  await subject.assertFails("garbage", UNUSABLE);
  await subject.assertFails("truncated", UNUSABLE);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const garbage: Cell = async (subject) => {
  await subject.assertAnswers("halves", "ok");
  await subject.assertFails("garbage", UNUSABLE);
  await subject.assertServes();
  await subject.assertFails("truncated", UNUSABLE);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

/** Every answer finds its caller between banners, colours and a line of a mebibyte. */
const noise: Cell = async (subject) => {
  const messages = Array.from({ length: 10 }, (_, n) => `message ${n}`);
  const noisy = messages.map(() => subject.behave("noise"));
  const answers = await Promise.all(messages.map((message) => subject.echo(message)));
  for (const [at, answer] of answers.entries()) assertOk(answer, messages[at]);
  for (const answer of await Promise.all(noisy)) assertOk(answer, "through the noise");
  await endless(subject);
};

const endless: Cell = async (subject) => {
  const answer = await subject.behave("endless");
  assertFault(answer, ["OUTCOME_UNKNOWN", "UPSTREAM_PROTOCOL"], subject.name);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const STDERR_KEPT_BYTES = 64 * 1024;

const stderrFlood: Cell = async (subject) => {
  assertOk(await subject.call({ tool: "behave", arguments: { do: "stderr", bytes: 100 * MEBIBYTE }, limitMs: 30_000 }));
  const { lines } = (await subject.api(`GET /api/servers/${subject.name}/stderr`)).json as { lines: string[] };
  assert.ok(lines.length > 0 && lines.join("").length <= STDERR_KEPT_BYTES);
  await subject.assertServes();
};

const residentBytes = async ({ stage }: Subject): Promise<number> =>
  metric(await metricsOf(stage), "omni2_process_resident_memory_bytes");

const tooBig: Cell = async (subject) => {
  const before = await residentBytes(subject);
  assertOk(await subject.behave("big", { bytes: 3 * MEBIBYTE }));
  for (const bytes of [5 * MEBIBYTE, 64 * MEBIBYTE]) {
    const answer = await subject.behave("big", { bytes });
    assertFault(answer, ["OUTCOME_UNKNOWN", "UPSTREAM_PROTOCOL"], subject.name);
    await until("it serves again", async () => (await subject.echo()).outcome === "ok", RECOVERY_LIMIT_MS);
  }
  await endless(subject);
  const grownBytes = (await residentBytes(subject)) - before;
  assert.ok(grownBytes < 200 * MEBIBYTE, `memory grew by ${grownBytes} bytes`);
};

const strangeJson: Cell = async (subject) => {
  await subject.assertFails("deep", UNUSABLE);
  await subject.assertFails("repeated_keys", UNUSABLE);
  const numbers = await subject.call({ tool: "behave", arguments: { do: "numbers" } });
  assertOk(numbers);
  assert.match(numbers.body, /1e400/);
  assert.match(numbers.body, /9007199254740993/);
  assertOk(await subject.behave("proto"));
  assertOk(await subject.call({ tool: "behave", arguments: { do: "proto" }, via: "rest" }));
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.doesNotMatch((await subject.api("GET /health")).text, /polluted/);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const strangeText: Cell = async (subject) => {
  for (const via of ["modern", "legacy"] as const) {
    const answer = await subject.call({ tool: "behave", arguments: { do: "surrogates" }, via });
    assertOk(answer);
    assert.ok(answer.body.includes("\\ud83d \\u0000 \\u202e \\u200b"), "as it was written");
  }
  const message = "a\u0000b \ud83d\ude00 \u202e\u200b\u{e0041}";
  assertOk(await subject.echo(message), message);
};

const WRONG_IDS = ["unknown", "foreign", "number", "padded", "null", "zero"];

const wrongIds: Cell = async (subject) => {
  const lost = WRONG_IDS.map((how) => subject.behave("wrong_id", { how }));
  const messages = Array.from({ length: 20 }, (_, n) => `mine ${n}`);
  const found = messages.map((message) => subject.echo(message));
  const both = WRONG_IDS.map((how) => subject.behave("wrong_id_first", { how }));
  for (const [at, answer] of (await Promise.all(found)).entries()) assertOk(answer, messages[at]);
  for (const answer of await Promise.all(both)) assertOk(answer, "ok");
  for (const answer of await Promise.all(lost)) {
    assertFault(answer, UNUSABLE, subject.name);
    assert.doesNotMatch(answer.body, /not for you/);
  }
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const twiceOrLate: Cell = async (subject) => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => subject.behave("twice")));
  for (const answer of answers) assertOk(answer, "first");
  const late = await subject.behave("slow", { ms: QUICK.timeoutMs + 300 });
  assertFault(late, ["UPSTREAM_TIMEOUT"], subject.name);
  const messages = Array.from({ length: 30 }, (_, n) => `after ${n}`);
  for (const message of messages) assertOk(await subject.echo(message), message);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const contradictions: Cell = async (subject) => {
  for (const what of ["both", "neither", "odd_result"]) await subject.assertFails(what, UNUSABLE);
  const own = await subject.behave("error");
  assert.equal(own.outcome, "fault");
  assert.match(own.text, /the server says no/);
  const toolError = await subject.behave("tool_error");
  assert.equal(toolError.outcome, "tool_error");
  assert.equal(toolError.text, "sorry");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const STORM = 10_000;

const storms: Cell = async (subject) => {
  const { folder } = subject.stage;
  const before = folder.seen(subject.name, "tools/list");
  const limitMs = 20_000;
  for (const what of ["changed", "logs", "progress"]) {
    const asked = { tool: "behave", arguments: { do: what, count: STORM }, progress: true, limitMs };
    const answer = await subject.call({ ...asked, via: "modern" });
    assertOk(answer, "ok");
  }
  const lists = folder.seen(subject.name, "tools/list") - before;
  assert.ok(lists <= 6, `${STORM} announcements led to ${lists} readings of the list`);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

export const REPLY_ROWS: readonly Row[] = [
  {
    id: "F09",
    fault: "a server writes rubbish: no JSON, half lines, wrong line ends, bytes that are no text",
    expected: "Rubbish is skipped, a call that it was meant for fails, and every proper answer finds its caller.",
    entry: PATIENT,
    cells: { stdio: garbageOnStdio, ...everywhere(garbage, ["http", "modern", "sse"]) },
  },
  {
    id: "F10",
    fault: "a server prints banners, colours and endless lines where messages belong",
    expected: "Answers between them are found; a line beyond 4 MiB ends the process, which is started again.",
    entry: PATIENT,
    cells: { stdio: noise },
  },
  {
    id: "F11",
    fault: "a server floods its standard error",
    expected: "It is read and never blocks; the newest 64 KiB are kept.",
    // While it writes it answers no probe either.
    entry: { timeoutMs: 30_000, health: { intervalMs: 60_000 } },
    cells: { stdio: stderrFlood },
  },
  {
    id: "F12",
    fault: "an answer is larger than 4 MiB, or never ends",
    expected: "It is cut off with a clear fault, memory stays bounded, and the next call is served.",
    entry: { ...PATIENT, timeoutMs: 10_000 },
    cells: everywhere(tooBig),
  },
  {
    id: "F13",
    fault: "an answer nests 100,000 deep, repeats members, or holds numbers and keys that break parsers",
    expected: "Depth and repeated members are refused; numbers pass as written; nobody's prototype is touched.",
    entry: PATIENT,
    cells: everywhere(strangeJson),
  },
  {
    id: "F14",
    fault: "texts hold half characters, NUL, or characters that hide or turn others",
    expected: "Contents pass exactly as they were written.",
    cells: everywhere(strangeText),
  },
  {
    id: "F15",
    fault: "an answer carries an id that is unknown, of another type, somebody else's, or none",
    expected: "It reaches nobody; the call waits for its own answer or ends as a fault.",
    entry: PATIENT,
    cells: everywhere(wrongIds),
  },
  {
    id: "F16",
    fault: "an answer comes twice, or after its call has ended",
    expected: "The first one counts, what comes later is dropped, and later calls are not confused by it.",
    entry: PATIENT,
    cells: everywhere(twiceOrLate),
  },
  {
    id: "F17",
    fault: "an answer has both a result and an error, neither, or a result of the wrong shape",
    expected: "It is refused as invalid; errors and tool errors of the server's own pass as they are.",
    entry: PATIENT,
    later: "structured content is not compared with the tool's output schema yet",
    cells: everywhere(contradictions),
  },
  {
    id: "F18",
    fault: "a server announces changes, progress or log lines ten thousand times over",
    expected: "Lists are read again at most once in five seconds, and the call is answered.",
    entry: { timeoutMs: 20_000 },
    cells: everywhere(storms),
  },
];
