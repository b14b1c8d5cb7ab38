// Which faults does starting and stopping a server's process have? Storms of exits, trees, deaf ears, impossible commands, downloads.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { OWNER_VARIABLE } from "#upstream/stdio/leftovers.ts";
import { processesWith, startTimeOf } from "#upstream/stdio/proc-fs.ts";
import { processesOf } from "../kills-kit.ts";
import { until } from "../kit.ts";
import { assertFault, assertOk } from "./caller.ts";
import type { Cell, Row } from "./row.ts";
import { faultyEntry } from "./stage.ts";
import { Subject } from "./subject.ts";

const RECOVERY_LIMIT_MS = 10_000;

const STORM_SIZE = 8;
const STORM_STARTS = 6;

/** A server that exits at once, eight times over: nobody starts them again and again. */
const exitsAtOnce: Cell = async (subject) => {
  const others = Array.from(
    { length: STORM_SIZE - 1 },
    (_, at) => new Subject(subject.stage, { name: `${subject.name}-${at}`, transport: "stdio" }),
  );
  const storm = [subject, ...others];
  try {
    for (const one of storm) one.mode("exit 3");
    await Promise.all(storm.map((one) => one.add({ well: false })));
    await sleep(6_000);
    for (const one of storm) {
      const starts = subject.stage.folder.seen(one.name, "start");
      assert.ok(starts >= 1 && starts <= STORM_STARTS, `${one.name} was started ${starts} times in 6 s`);
      const { status, lastFailure } = await one.view();
      assert.ok(status === "down" || status === "recovering", `${one.name} is ${status}`);
      assert.match(String(lastFailure?.message), /exited with code 3/);
    }
    for (const one of storm) one.mode("");
    await subject.api(`POST /api/servers/${subject.name}/reconnect`, {});
    await subject.assertRecovers(RECOVERY_LIMIT_MS);
  } finally {
    await Promise.all(others.map((one) => one.remove()));
  }
};

/** Those of the processes that still run, and what else carries the gateway's mark and is not one of the rest. */
function survivorsOf(subject: Subject, mine: readonly string[], before: readonly string[]): string[] {
  const running = (entry: string): boolean => startTimeOf(Number(entry.split(" ")[0])) === entry.split(" ")[1];
  const marked = processesWith(OWNER_VARIABLE)
    .filter(({ value }) => value.split(":")[1] === String(subject.stage.gateway.pid))
    .map(({ pid }) => `${pid} ${startTimeOf(pid)}`);
  return [...mine, ...marked].filter((entry) => running(entry) && !before.includes(entry));
}

const STOP_LIMIT_MS = 5_500 + 2_000;

/** Removing it must end all that it has started, whatever ignores whom. */
const tree = (mode: string): Cell => {
  return async (subject) => {
    const before = processesOf(subject.stage.gateway);
    subject.mode(mode);
    await subject.add();
    const mine = processesOf(subject.stage.gateway).filter((entry) => !before.includes(entry));
    assert.ok(mine.length >= 1);
    await subject.assertServes();
    const beganAt = performance.now();
    await subject.remove();
    await until("none of its processes is left", () => survivorsOf(subject, mine, before).length === 0, STOP_LIMIT_MS);
    assert.ok(performance.now() - beganAt < STOP_LIMIT_MS);
    subject.mode("");
    await subject.add();
    await subject.assertServes();
  };
};

const stubbornAndStopped: Cell = async (subject) => {
  await tree("stubborn")(subject);
  const { pid } = await subject.view();
  const answer = await subject.behave("freeze");
  assertFault(answer, ["UPSTREAM_TIMEOUT"], subject.name);
  await until(
    "another process serves",
    async () => {
      const view = await subject.view();
      return view.status === "up" && view.pid !== pid;
    },
    20_000,
  );
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const MEBIBYTE = 1024 * 1024;

const deaf: Cell = async (subject) => {
  assertOk(await subject.behave("deaf"));
  const message = "x".repeat(2 * MEBIBYTE);
  const calls = Array.from({ length: 6 }, () => subject.call({ tool: "echo", arguments: { message } }));
  for (const answer of await Promise.all(calls)) {
    assertFault(answer, ["UPSTREAM_TIMEOUT", "OVERLOADED", "OUTCOME_UNKNOWN", "UPSTREAM_UNAVAILABLE"], subject.name);
  }
  await until("it is noticed", async () => (await subject.view()).status !== "up", 15_000);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
};

const SECRET = "s3cret-value-of-a-server";

const IMPOSSIBLE: readonly { entry: Record<string, unknown>; reason: RegExp }[] = [
  { entry: { command: "no-such-program-anywhere" }, reason: /no-such-program-anywhere/ },
  { entry: { command: "/etc/passwd" }, reason: /passwd|EACCES/ },
  { entry: { cwd: "/no/such/folder" }, reason: /no\/such\/folder|folder|ENOENT/ },
];

const cannotBeStarted: Cell = async (subject) => {
  const others = IMPOSSIBLE.map(
    ({ entry }, at) =>
      new Subject(subject.stage, {
        name: `${subject.name}-${at}`,
        transport: "stdio",
        entry: { ...entry, env: { API_TOKEN: SECRET } },
      }),
  );
  try {
    for (const [at, one] of others.entries()) {
      await one.add({ well: false });
      await one.assertTold("connect_failed");
      const view = await one.view();
      assert.equal(view.status, "down");
      assert.match(String(view.statusReason), IMPOSSIBLE[at]?.reason ?? /./);
      assert.doesNotMatch(JSON.stringify(view), new RegExp(SECRET));
      assertFault(await one.echo(), ["UPSTREAM_UNAVAILABLE"], one.name);
    }
  } finally {
    await Promise.all(others.map((one) => one.remove()));
  }
  await subject.assertServes();
};

/** A command that is downloaded first: slow, but no failure, and started once. */
const downloads: Cell = async (subject) => {
  const { folder } = subject.stage;
  const { args } = faultyEntry(subject.name, "stdio", subject.stage) as { args: string[] };
  const quoted = [process.execPath, ...args].map((word) => `'${word}'`).join(" ");
  const health = { intervalMs: 1_000, timeoutMs: 500, startTimeoutMs: 20_000 };
  await subject.add({
    well: false,
    entry: { command: "sh", args: ["-c", `sleep 5; exec ${quoted}`], health },
  });
  await sleep(3_000);
  assert.equal((await subject.view()).status, "unknown");
  assertFault(await subject.echo(), ["UPSTREAM_TIMEOUT", "UPSTREAM_UNAVAILABLE"], subject.name);
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  assert.equal(folder.seen(subject.name, "start"), 1);
  assert.deepEqual(
    subject.story().filter((event) => event === "connect_failed"),
    [],
  );
};

export const START_ROWS: readonly Row[] = [
  {
    id: "F22",
    fault: "many servers exit as soon as they are started",
    expected: "Each is tried a few times and then held back, with the reason; a person need not wait for that.",
    startsWell: false,
    cells: { stdio: exitsAtOnce },
  },
  {
    id: "F23",
    fault: "a server leaves children, grandchildren and processes that escaped its session",
    expected: "None of them outlives the server's removal; a killed gateway's are gone too.",
    startsWell: false,
    cells: { stdio: tree("tree") },
  },
  {
    id: "F24",
    fault: "a server ignores the signal to end, or is stopped where it stands",
    expected: "It is killed after its patience is over; one that is stopped is treated as silent and replaced.",
    startsWell: false,
    cells: { stdio: stubbornAndStopped },
  },
  {
    id: "F25",
    fault: "a server reads nothing while megabytes are sent to it",
    expected: "What waits for it is bounded, calls fail by their deadline, and the process is replaced.",
    cells: { stdio: deaf },
  },
  {
    id: "F26",
    fault: "a server's command cannot be started",
    expected: "It is down with the reason in words; no secret of it is shown.",
    cells: { stdio: cannotBeStarted },
  },
  {
    id: "F62",
    fault: "a server's command is downloaded for a long time before it starts",
    expected: "It has its own time to start, is not counted as ill meanwhile, and is started once.",
    startsWell: false,
    cells: { stdio: downloads },
  },
];
