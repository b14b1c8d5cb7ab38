// What does a breaker do, seen from outside? It opens for failures of the server and for nothing else, refuses without touching
// the server, and tries with one call at a time. Beside it: how many calls of whom run at one server.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { FAILURES, LONG, logged } from "./breaker-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, faultIn, modernCall, restCall, stdio, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, mostAtOnce, openDiary } from "./upstreams/witness-diary.ts";

let diary: Diary;
let face: RunningServer;
let gateway: TestGateway;
let live: Watcher;

const remote = (name: string, more: object = {}) => ({ type: "http", url: `${face.url}/${name}`, ...more });

/** Calls the tool that may not be repeated; `way` is how the server shall take it. */
const call = (server: string, way?: string, signal?: AbortSignal) =>
  modernCall(gateway, `${server}__add_one`, {
    arguments: way === undefined ? {} : { do: way },
    ...(signal === undefined ? {} : { signal }),
  });

const servers = () => ({
  http500: remote("http500", { breaker: LONG }),
  internal: remote("internal", { breaker: LONG }),
  silent: remote("silent", { breaker: LONG, timeoutMs: 200 }),
  polite: remote("polite", { breaker: LONG }),
  tried: remote("tried", { breaker: { openMs: 1_000 } }),
  narrow: {
    ...stdio("witness.ts", "--name", "narrow", "--folder", diary.folder),
    limits: { queue: 17, queueMs: 60_000 },
  },
});

before(async () => {
  diary = openDiary();
  face = await startUpstream("witness.ts", "--http", "--folder", diary.folder);
  gateway = await startGateway({ servers: servers() });
  await allUp(gateway, Object.keys(servers()));
  live = await watch(gateway);
});

after(async () => {
  live?.close();
  await gateway?.stop();
  await face?.stop();
  diary?.remove();
});

const circuitOf = async (server: string): Promise<string> => (await gateway.server(server)).circuitState;

const openings = (server: string) =>
  live.of("circuit_breaker_state").filter(({ data }) => data.name === server && data.new_state === "open");

describe("a breaker", () => {
  for (const [server, way, words] of [
    ["http500", "status 500", /5 failures in a row: .*HTTP 500/],
    ["internal", "error -32603", /5 failures in a row: .*-32603/],
    ["silent", "hang", /5 failures in a row: .*within 200 ms/],
  ] as const) {
    it(`opens with the fifth failure in a row, and says so everywhere: ${way}`, async () => {
      for (let n = 1; n < FAILURES; n++) await call(server, way);
      assert.equal(await circuitOf(server), "closed");
      await call(server, way);
      const view = await gateway.server(server);
      assert.equal(view.circuitState, "open");
      assert.equal(view.status, "down");
      assert.match(String(view.statusReason), words);
      assert.ok((view.retryAfterMs ?? 0) >= LONG.openMs / 2 - 2_000);
      const { data } = await until("its frame has come", () => openings(server)[0]);
      assert.equal(data.old_state, "closed");
      assert.equal(data.failures, FAILURES);
      await logged(gateway, server, "circuit_open");
    });
  }

  it("does not open for tool errors, wrong arguments or callers who leave", async () => {
    for (const way of ["tool_error", "error -32602"]) {
      for (let n = 0; n < 2 * FAILURES; n++) await call("polite", way);
    }
    for (let n = 0; n < 2 * FAILURES; n++) {
      const abort = new AbortController();
      const before = diary.calls("polite");
      const left = call("polite", "hang", abort.signal).catch((error: unknown) => error);
      await until("the server has it", () => diary.calls("polite") > before);
      abort.abort();
      assert.ok((await left) instanceof Error);
    }
    const view = await gateway.server("polite");
    assert.equal(view.circuitState, "closed");
    assert.equal(view.consecutiveFailures, 0);
    assert.equal((await call("polite")).result.content[0].text, "ok");
  });
});

/** Runs so many of them, `width` at a time, and answers the milliseconds that each took, in order of size. */
async function many(count: number, width: number, act: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const beganAt = performance.now();
      await act();
      took.push(performance.now() - beganAt);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return took.sort((a, b) => a - b);
}

/** Finished calls of a server that ended with this fault: all, and those within 5 ms by the gateway's own clock. */
async function refusals(server: string, code: string): Promise<{ all: number; quick: number }> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const count = (le: string): number => {
    const line = text
      .split("\n")
      .find((one) =>
        ["_duration_seconds_bucket", `server="${server}"`, `code="${code}"`, `le="${le}"`].every((part) =>
          one.includes(part),
        ),
      );
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  return { all: count("+Inf"), quick: count("0.005") };
}

async function askMcp(): Promise<void> {
  const { status, result } = await call("http500");
  assert.equal(status, 200);
  assert.equal(faultIn(result)?.code, "BREAKER_OPEN");
  assert.ok((faultIn(result)?.retryAfterMs ?? 0) > 0);
  assert.match(result.content[0].text, /^http500 is not asked now .* It is tried again in \d+ s\.$/);
}

async function askRest(): Promise<void> {
  const { status, retryAfter, body } = await restCall(gateway, { server: "http500", tool: "add_one" });
  assert.equal(status, 503);
  assert.ok(Number(retryAfter) >= 1);
  assert.equal(body.error.code, "BREAKER_OPEN");
}

/** Milliseconds since its start for which the gateway could have run and had no processor; 0 where the system does not tell. */
function waitedMs(): number {
  const file = `/proc/${gateway.pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, "utf8").split(" ")[1]) / 1e6 : 0;
}

/** Refusals of times in which the gateway had a processor, so many or those until `endsAt`; and how many took at most 5 ms. */
async function fairRefusals(count: number, endsAt: number): Promise<{ all: number; quick: number }> {
  const fair = { all: 0, quick: 0 };
  let told = await refusals("http500", "BREAKER_OPEN");
  while (fair.all < count && performance.now() < endsAt) {
    const waitedBefore = waitedMs();
    await many(25, 10, askMcp);
    await many(5, 5, askRest);
    const isFair = waitedMs() - waitedBefore < 2;
    const now = await refusals("http500", "BREAKER_OPEN");
    assert.equal(now.all - told.all, 30);
    if (isFair) {
      fair.all += 30;
      fair.quick += now.quick - told.quick;
    }
    told = now;
  }
  return fair;
}

describe("an open breaker", () => {
  it("answers all calls at once with the time of the next try, and the server hears of none", async (t) => {
    const before = diary.calls("http500");
    const endsAt = performance.now() + 60_000;
    const shares: number[] = [];
    // A pause of the gateway's own, such as a garbage collection, is not in every round.
    for (let round = 1; round <= 3 && Math.max(0, ...shares) < 0.99; round++) {
      const beganAt = performance.now();
      const { all, quick } = await fairRefusals(600, endsAt);
      t.diagnostic(
        `${quick} of ${all} within 5 ms in the gateway, after ${Math.round(performance.now() - beganAt)} ms`,
      );
      shares.push(quick / Math.max(1, all));
    }
    assert.equal(diary.calls("http500"), before);
    assert.ok(Math.max(...shares) >= 0.99, `of the refusals, at most 5 ms took ${shares}`);
  });
});

const HAMMERS = 50;

describe("a half-open breaker", () => {
  it("sends one question at a time while fifty clients call, and closes after two good answers", async () => {
    for (let n = 0; n < FAILURES; n++) await call("tried", "error -32603");
    await until("it is open", async () => (await circuitOf("tried")) === "open");
    diary.order("tried", "all slow 300");
    const from = diary.seen("tried").length;
    const done = new AbortController();
    const hammer = many(Number.POSITIVE_INFINITY, HAMMERS, async () => {
      if (done.signal.aborted) throw done.signal.reason;
      await call("tried");
    }).catch(() => {});
    await until("it is closed", async () => (await circuitOf("tried")) === "closed");
    await until("the callers are let through", () => mostAtOnce(diary.seen("tried").slice(from)) > 10);
    done.abort();
    await hammer;
    diary.order("tried", "");
    const seen = diary.seen("tried").slice(from);
    const ends = seen.flatMap(({ sign }, at) => (sign === "-" ? [at] : []));
    const trials = seen.slice(0, (ends[1] ?? 0) + 1);
    assert.equal(mostAtOnce(trials), 1, JSON.stringify(trials));
    live.assertSound();
  });
});

describe("slots at a stdio server", () => {
  const hold = () => call("narrow", "gate");
  const holdAsAdmin = () => restCall(gateway, { server: "narrow", tool: "add_one", arguments: { do: "gate" } });
  const load = async (inFlight: number, queued: number) =>
    until(`${inFlight} run and ${queued} wait`, async () => {
      const { load: now } = await gateway.server("narrow");
      return now.inFlight === inFlight && now.queued === queued;
    });

  it("are not all one caller's; the 33rd call waits, and with a full queue the next is sent away at once", async () => {
    const local = Array.from({ length: 40 }, hold);
    await load(24, 16);
    // The gateway knows of a call before the server does.
    await until("24 have arrived: one caller leaves room for another", () => diary.calls("narrow") === 24);
    const admin = Array.from({ length: 8 }, holdAsAdmin);
    await load(32, 16);
    admin.push(holdAsAdmin());
    await load(32, 17);
    const beganAt = performance.now();
    const { result } = await hold();
    const tookMs = performance.now() - beganAt;
    assert.equal(faultIn(result)?.code, "OVERLOADED");
    assert.ok((faultIn(result)?.retryAfterMs ?? 0) >= 1_000);
    assert.ok(tookMs < 2_000, `it took ${tookMs} ms, where waiting calls have 60 s`);
    assert.equal(diary.calls("narrow"), 32);
    diary.order("narrow", "open");
    for (const answer of await Promise.all(local)) assert.equal(faultIn(answer.result), undefined);
    for (const { status } of await Promise.all(admin)) assert.equal(status, 200);
    assert.equal(mostAtOnce(diary.seen("narrow").filter(({ method }) => method === "tools/call")), 32);
    assert.equal(diary.calls("narrow"), 49);
  });
});
