// How much does the gateway add to the load of servers that are in trouble? Calls that may be repeated, in outages of every kind,
// with open times so short that half a minute holds the cycles of a long outage. Counted by the servers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, type TestGateway } from "./kit.ts";
import { allUp, restCall, type Watcher, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";
import { type Diary, openDiary } from "./upstreams/witness-diary.ts";

const OUTAGE_MS = 30_000;
const CYCLES = 30;
/** Sent per call asked, and the reserve of a retry budget on top. */
const MOST_PER_CALL = 1.2;
const RESERVE = 10;
/** Probes and connects in a second, however many calls there are. */
const MOST_QUESTIONS_PER_S = 2;
const CALLERS = 8;
const PAUSE_MS = 250;
const SHORT = { openMs: 1_000, maxOpenMs: 1_000 };
/** Never opens while a call in two succeeds. */
const CALM = { failures: 1_000, failureRatio: 1 };

interface Outage {
  /** What all requests, or all calls, meet for the whole time. */
  readonly order?: string;
  /** What one call in two meets, whenever it is tried. */
  readonly half?: string;
  readonly entry?: object;
  /** Whether trials fail too, so that it goes from cycle to cycle. */
  readonly cycles?: boolean;
}

const OUTAGES: Readonly<Record<string, Outage>> = {
  refuses: { order: "all status 503", cycles: true },
  fails: { order: "all status 500", cycles: true },
  resets: { order: "all reset", cycles: true },
  "fails-calls": { order: "calls status 500" },
  "resets-calls": { order: "calls reset" },
  "hangs-calls": { order: "calls hang", entry: { timeoutMs: 500 } },
  "half-resets": { half: "reset", entry: { breaker: CALM } },
  "half-fails": { half: "status 500", entry: { breaker: CALM } },
};
const NAMES = Object.keys(OUTAGES);

let diary: Diary;
let face: RunningServer;
let gateway: TestGateway;
let live: Watcher;

before(async () => {
  diary = openDiary();
  face = await startUpstream("witness.ts", "--http", "--folder", diary.folder);
  const entry = (name: string): [string, object] => [
    name,
    { type: "http", url: `${face.url}/${name}`, trusted: true, breaker: SHORT, ...OUTAGES[name]?.entry },
  ];
  gateway = await startGateway({ servers: Object.fromEntries(NAMES.map(entry)) });
  await allUp(gateway, NAMES);
  live = await watch(gateway);
});

after(async () => {
  live?.close();
  await gateway?.stop();
  await face?.stop();
  diary?.remove();
});

/** Calls a read-only tool until the time is up; answers how often. */
async function use(server: string, endsAt: number): Promise<number> {
  const { half } = OUTAGES[server] ?? {};
  let calls = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const bad = half !== undefined && calls % 2 === 0;
      calls += 1;
      await restCall(gateway, { server, tool: "echo", arguments: { message: "x", ...(bad ? { do: half } : {}) } });
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return calls;
}

const cyclesOf = (server: string): number =>
  live.of("circuit_breaker_state").filter(({ data }) => data.name === server && data.new_state === "open").length;

describe("a server in trouble", () => {
  it("gets hardly more requests than there are calls", { timeout: 120_000 }, async (t) => {
    for (const [name, { order }] of Object.entries(OUTAGES)) if (order !== undefined) diary.order(name, order);
    const before = NAMES.map((name) => [diary.calls(name), diary.requests(name)] as const);
    const endsAt = performance.now() + OUTAGE_MS;
    const asked = await Promise.all(NAMES.map((name) => use(name, endsAt)));
    const wrong: string[] = [];
    for (const [at, name] of NAMES.entries()) {
      const calls = asked[at] ?? 0;
      const [callsBefore, requestsBefore] = before[at] ?? [0, 0];
      const sent = diary.calls(name) - callsBefore;
      const questions = diary.requests(name) - requestsBefore - sent;
      const cycles = cyclesOf(name);
      const line = `${name}: ${calls} calls asked, ${sent} sent, ${questions} questions of our own, ${cycles} cycles`;
      t.diagnostic(line);
      if (calls < 100 || sent > MOST_PER_CALL * calls + RESERVE) wrong.push(line);
      if (questions > (MOST_QUESTIONS_PER_S * OUTAGE_MS) / 1_000) wrong.push(`${line}: too many questions`);
      if (OUTAGES[name]?.cycles === true && cycles < CYCLES) wrong.push(`${line}: not ${CYCLES} cycles`);
      if (OUTAGES[name]?.half !== undefined && sent <= calls) wrong.push(`${line}: nothing was tried again`);
    }
    assert.deepEqual(wrong, []);
    live.assertSound();
  });
});
