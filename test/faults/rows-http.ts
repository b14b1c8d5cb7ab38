// Which faults do HTTP answers and protocol eras have? Event streams in every odd shape, statuses of every kind, and a server
// that speaks another revision than before.
import assert from "node:assert/strict";
import type { FaultCode } from "#contract/fault.ts";
import { until } from "../kit.ts";
import { openToxicProxy } from "../toxic-proxy.ts";
import { assertFault, assertOk } from "./caller.ts";
import { type Cell, everywhere, type Row } from "./row.ts";
import { QUICK } from "./stage.ts";

const RECOVERY_LIMIT_MS = 10_000;
const PATIENT = { breaker: { ...QUICK.breaker, failures: 1_000, failureRatio: 1 } };
const WHOLE = ["plain", "cr", "crlf", "comments", "bom", "fields", "two_lines"];
const PARTIAL = ["no_newline", "one_newline", "half", "comment_only", "no_data", "empty"];

const streams: Cell = async (subject) => {
  for (const how of WHOLE) await subject.assertAnswers("stream", "ok", { how });
  await subject.assertAnswers("bytes", "ok");
  for (const how of PARTIAL) {
    const answer = await subject.assertFails("partial_sse", ["OUTCOME_UNKNOWN", "UPSTREAM_PROTOCOL"], { how });
    assert.ok(answer.tookMs < 1_400, `${how}: the end of the stream was told after ${answer.tookMs} ms`);
  }
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

/** Every byte of the link's one stream on its own; then its end in the middle of a call. */
const slicedStream: Cell = async (subject) => {
  const proxy = await openToxicProxy(Number(new URL(subject.stage.face.url).port));
  subject.afterwards(() => proxy.close());
  await subject.add({ entry: { url: proxy.through(subject.url) } });
  proxy.set({ slicer: { bytes: 1 } }, "down");
  for (const message of ["a", "é😀", "line\nline"]) assertOk(await subject.echo(message), message);
  proxy.cure();
  const lost = subject.call({ tool: "behave", arguments: { do: "hang" } });
  await until("it is in hand", () => subject.stage.folder.seen(subject.name, "tools/call") >= 4);
  proxy.resetAll();
  assertFault(await lost, ["OUTCOME_UNKNOWN"], subject.name);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

type Refusal = readonly [title: string, act: Record<string, unknown>, codes: readonly FaultCode[]];

const PROTOCOL: readonly FaultCode[] = ["UPSTREAM_PROTOCOL"];
const REFUSALS: readonly Refusal[] = [
  ["a page", { do: "typed", type: "text/html", body: "<h1>Welcome</h1>" }, PROTOCOL],
  ["no type", { do: "typed", body: "hello" }, PROTOCOL],
  ["text", { do: "typed", type: "text/plain" }, PROTOCOL],
  ["204", { do: "status", status: 204 }, PROTOCOL],
  ["202", { do: "status", status: 202 }, PROTOCOL],
  ["302", { do: "status", status: 302, headers: { location: "/elsewhere" } }, PROTOCOL],
  ["401", { do: "status", status: 401 }, ["UPSTREAM_AUTH"]],
  ["403", { do: "status", status: 403 }, ["UPSTREAM_AUTH"]],
  ["406", { do: "status", status: 406 }, PROTOCOL],
  ["429", { do: "status", status: 429, headers: { "retry-after": "7" } }, ["UPSTREAM_UNAVAILABLE"]],
  ["500", { do: "status", status: 500, body: "oops" }, ["UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]],
  ["502", { do: "status", status: 502 }, ["UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]],
  ["503", { do: "status", status: 503 }, ["UPSTREAM_UNAVAILABLE"]],
];

const statuses: Cell = async (subject) => {
  const { folder } = subject.stage;
  for (const [title, args, codes] of REFUSALS) {
    const key = `${subject.name}-${title}`;
    const answer = await subject.call({ tool: "add_one", arguments: { ...args, key } });
    assertFault(answer, codes, subject.name);
    assert.equal(folder.executions(key), title === "429" ? 0 : 1, title);
    await subject.assertServes();
  }
  await subject.assertServes();
  await forgottenSession(subject);
  await serverStatuses(subject);
};

/** A session that the server has forgotten is opened again behind the call, which is carried out once. */
const forgottenSession: Cell = async (subject) => {
  if (subject.transport !== "http") return;
  const { folder } = subject.stage;
  subject.mode("forget");
  const key = `${subject.name}-forgotten`;
  assertOk(await subject.call({ tool: "add_one", arguments: { key } }));
  assert.equal(folder.executions(key), 1);
  subject.mode("");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const SERVER_STATUSES: readonly (readonly [mode: string, codes: readonly FaultCode[]])[] = [
  ["status 401", ["UPSTREAM_AUTH"]],
  ["status 503 1", ["UPSTREAM_UNAVAILABLE"]],
  ["status 500", ["UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]],
  ["html", ["UPSTREAM_PROTOCOL", "UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE"]],
  ["reset", ["UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"]],
];

/** The whole server answers like this for a while, its probes too. */
const serverStatuses: Cell = async (subject) => {
  for (const [mode, codes] of SERVER_STATUSES) {
    subject.mode(mode);
    assertFault(await subject.echo(), [...codes, "BREAKER_OPEN"], subject.name);
    subject.mode("");
    await until("it serves again", async () => (await subject.echo()).outcome === "ok", RECOVERY_LIMIT_MS);
    await subject.assertRecovers(RECOVERY_LIMIT_MS);
  }
};

/** The server is replaced by one that speaks another revision only. */
const changesEra =
  (eras: readonly ("legacy" | "modern")[]): Cell =>
  async (subject) => {
    for (const era of eras) {
      subject.mode(`era ${era}`);
      if (subject.transport === "stdio") process.kill(Number((await subject.view()).pid), "SIGKILL");
      await until("a call is served", async () => (await subject.echo()).outcome === "ok", 20_000);
      await subject.assertRecovers(RECOVERY_LIMIT_MS);
      assert.equal((await subject.view()).era, era);
    }
  };

/** What it says about its version is no version: the reason is told, and the truth is found later. */
const lies: Cell = async (subject) => {
  subject.mode("lie 1999-01-01");
  await subject.api(`POST /api/servers/${subject.name}/reconnect`);
  await subject.assertTold("connect_failed");
  assert.match(String((await subject.view()).lastFailure?.message), /1999-01-01|version/i);
  subject.mode("");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

/** Old servers ignore the question for newer revisions, or end because of it. */
const oldStdio: Cell = async (subject) => {
  await changesEra(["modern", "legacy"])(subject);
  for (const mode of ["exit_on_probe", "mute_probe"]) {
    subject.mode(mode);
    process.kill(Number((await subject.view()).pid), "SIGKILL");
    await until("the loss is told", async () => (await subject.view()).status !== "up", 5_000);
    await subject.assertRecovers(20_000);
  }
};

export const HTTP_ROWS: readonly Row[] = [
  {
    id: "F19",
    fault: "event streams come byte by byte, with odd line ends, or end without an answer",
    expected: "Whole answers are found in any shape; a stream that ends without one fails its call within a second.",
    entry: PATIENT,
    startsWell: false,
    cells: {
      ...everywhere(async (subject) => streams(await subject.add()), ["http", "modern"]),
      sse: slicedStream,
    },
  },
  {
    id: "F20",
    fault: "HTTP answers have a wrong type, no body, a redirect, or a status of refusal",
    expected: "Each has its fault; a forgotten session is opened again once; nothing that may have run is sent again.",
    entry: PATIENT,
    cells: { ...everywhere(statuses, ["http", "modern"]), sse: serverStatuses },
  },
  {
    id: "F21",
    fault: "a server speaks one era only, lies about its version, or changes its era",
    expected: "The era is asked for anew on contradiction, and a version that does not exist is told as the reason.",
    entry: PATIENT,
    cells: {
      stdio: oldStdio,
      http: async (subject) => {
        await lies(subject);
        await changesEra(["modern", "legacy"])(subject);
      },
      modern: changesEra(["legacy", "modern"]),
      sse: lies,
    },
  },
];
