// Which faults does a server's process have, and what is expected of the gateway? Exits, hangs, storms, trees and deaf ears.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../kit.ts";
import { startUpstream } from "../upstreams/start.ts";
import { assertFault, assertOk } from "./caller.ts";
import { type Cell, everywhere, type Row } from "./row.ts";
import { faultyEntry, QUICK, startFaces } from "./stage.ts";
import { Subject } from "./subject.ts";

/** Two seconds and a spawn, on a machine that is busy with other things. */
const RESTART_LIMIT_MS = 8_000;
const RECOVERY_LIMIT_MS = 10_000;
const IN_FLIGHT = 3;

const exitsIdle: Cell = async (subject) => {
  for (const code of [0, 1]) {
    const answer = await subject.behave("exit_later", { code, ms: 50 });
    assertOk(answer);
    await until("the exit is noticed", async () => (await subject.view()).status !== "up", 5_000);
    await subject.assertRecovers(RESTART_LIMIT_MS);
  }
  await subject.assertTold("process_exited", "recovery_attempt", "connected", "process_exited", "connected");
};

/** Calls of the tool that must never run twice, whose answers will be lost. */
async function loseInFlight(subject: Subject, lose: () => Promise<void> | void): Promise<void> {
  const { folder } = subject.stage;
  const keys = Array.from({ length: IN_FLIGHT }, (_, at) => `${subject.name}-${at}`);
  const calls = keys.map((key) =>
    subject.call({ tool: "add_one", arguments: { key, do: "hang" }, limitMs: 3_000 }).then((answer) => ({
      answer,
      at: performance.now(),
    })),
  );
  await until("they are in hand", () => keys.every((key) => folder.executions(key) === 1));
  const lostAt = performance.now();
  await lose();
  for (const { answer, at } of await Promise.all(calls)) {
    assertFault(answer, ["OUTCOME_UNKNOWN"], subject.name);
    assert.ok(at - lostAt < 2_000, `a lost call was answered after ${at - lostAt} ms`);
  }
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  assert.deepEqual(
    keys.map((key) => folder.executions(key)),
    keys.map(() => 1),
    "nothing was sent again",
  );
}

const killedMidCall: Cell = async (subject) => {
  await subject.add({ entry: { timeoutMs: 10_000 } });
  await loseInFlight(subject, async () => void process.kill(Number((await subject.view()).pid), "SIGKILL"));
  await subject.assertTold("process_exited", "recovery_attempt", "connected");
};

/** An HTTP server in a process of its own, which is killed and comes back on its port. */
const faceKilledMidCall: Cell = async (subject) => {
  const { stage, name, transport } = subject;
  const { folder } = stage;
  const first = await startFaces(folder);
  subject.afterwards(() => first.stop());
  const { url } = faultyEntry(name, transport, { folder, face: first });
  await subject.add({ entry: { url, timeoutMs: 10_000 } });
  await loseInFlight(subject, async () => {
    process.kill(first.pid, "SIGKILL");
    await sleep(1_000);
    const { port } = new URL(first.url);
    const second = await startUpstream("faulty.ts", "--http", "--folder", folder.path, "--port", port);
    subject.afterwards(() => second.stop());
  });
  await subject.assertTold("connected");
};

const CANCEL_LIMIT_MS = 5_000;

/** As many at once as open the breaker, each out of its time. */
async function hangUntilOpen(subject: Subject): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 5 }, () => subject.behave("hang")));
  for (const answer of answers) {
    assertFault(answer, ["UPSTREAM_TIMEOUT"], subject.name);
    assert.ok(answer.tookMs >= 1_400, `a call ended after ${answer.tookMs} ms, before its time`);
  }
}

const hangs: Cell = async (subject) => {
  const { folder } = subject.stage;
  await hangUntilOpen(subject);
  const refused = await subject.echo();
  assertFault(refused, ["BREAKER_OPEN"], subject.name);
  assert.ok(refused.tookMs < 500, `the refusal took ${refused.tookMs} ms`);
  await until("the server heard of every cancelled call", () => folder.cancelled(subject.name) >= 5, CANCEL_LIMIT_MS);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  await subject.assertTold("circuit closed>open", "circuit open>half_open", "circuit half_open>closed");
  subject.mode("hang");
  await until("the silence is noticed", async () => (await subject.view()).status === "down", 15_000);
  subject.mode("");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  await subject.assertTold("probe_failed", "probe_failed", "probe_failed", "connected");
};

const hangsAtStart: Cell = async (subject) => {
  subject.mode(subject.transport === "stdio" ? "hang_start" : "hang");
  await subject.add({ well: false, entry: { health: { ...QUICK.health, startTimeoutMs: 3_000 } } });
  const answer = await subject.echo();
  assertFault(answer, ["UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE"], subject.name);
  await subject.assertTold("connect_failed");
  const { status, lastFailure } = await subject.view();
  assert.ok(status === "down" || status === "recovering", status);
  assert.match(String(lastFailure?.message), new RegExp(`${subject.name}|time`));
  subject.mode("");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const slow: Cell = async (subject) => {
  subject.mode("slow 1000");
  const answers = await Promise.all(Array.from({ length: 12 }, () => subject.echo()));
  for (const answer of answers) assertOk(answer, "hello");
  await subject.assertTold("circuit closed>open");
  assert.match(String((await subject.view()).circuitReason ?? "slow"), /slow/);
  subject.mode("");
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const NARROW = { inFlight: 2, perPrincipal: 2, queue: 2, queueMs: 300 };

/** Its places are few and each is held for a second: who waits is told soon, and nobody waits for long. */
const crowded: Cell = async ({ stage, name, transport, afterwards }) => {
  const narrow = new Subject(stage, { name: `${name}-narrow`, transport, entry: { limits: NARROW } });
  afterwards(() => narrow.remove());
  await narrow.add();
  narrow.mode("slow 1000");
  const answers = await Promise.all(Array.from({ length: 8 }, () => narrow.echo()));
  const refused = answers.filter(({ outcome }) => outcome !== "ok");
  assert.equal(answers.length - refused.length, NARROW.inFlight);
  for (const answer of refused) assertFault(answer, ["OVERLOADED"], narrow.name);
  narrow.mode("");
  await narrow.assertServes();
};

export const PROCESS_ROWS: readonly Row[] = [
  {
    id: "F01",
    fault: "a server's process exits while nobody calls",
    expected: "It is started again within two seconds and the time a start takes; no client sees an error.",
    cells: { stdio: exitsIdle },
  },
  {
    id: "F02",
    fault: "a server is killed while calls are running",
    expected: "Each running call fails once, within a second, as unknown in outcome, and is never sent again.",
    startsWell: false,
    cells: { stdio: killedMidCall, ...everywhere(faceKilledMidCall, ["http", "modern", "sse"]) },
  },
  {
    id: "F03",
    fault: "a server takes calls and never answers, or falls silent altogether",
    expected:
      "Calls end at their deadline and the server is told; five failures open the breaker; silence is found by probes.",
    // Long enough that a refusal is seen on a slow machine too.
    entry: { breaker: { ...QUICK.breaker, openMs: 3_000, maxOpenMs: 3_000 } },
    cells: everywhere(hangs),
  },
  {
    id: "F04",
    fault: "a server never finishes its start",
    expected: "The start is given up after its own time, nobody else waits for it, and it is tried again.",
    startsWell: false,
    cells: everywhere(hangsAtStart),
  },
  {
    id: "F05",
    fault: "a server answers, but far too slowly",
    expected: "Slow answers pass, a large share of them opens the breaker, and nobody waits for a place for long.",
    cells: everywhere(async (subject) => {
      await slow(subject);
      await crowded(subject);
    }),
  },
];
