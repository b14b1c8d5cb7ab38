// What must hold after every fault, whatever it was? The gateway lives, everybody was answered once and in time, neighbours felt
// nothing, the story told is a possible one and the same everywhere, every call is counted, and nothing is left behind.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { CircuitState, ServerView } from "#contract/upstream.ts";
import { descendantsOf } from "#upstream/stdio/proc-fs.ts";
import { until } from "../kit.ts";
import type { Answer } from "./caller.ts";
import { api, type Stage } from "./stage.ts";
import type { Subject } from "./subject.ts";

/** What the gateway holds: file descriptors, processes, sessions. */
export interface Holdings {
  readonly fds: number;
  readonly children: number;
  readonly sessions: number;
}

const SETTLE_LIMIT_MS = 15_000;
const TOLERANCE = 2;

export const metricsOf = async ({ gateway }: Stage): Promise<string> => (await api(gateway, "GET /metrics")).text;

export const metric = (metrics: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);

async function holdings(stage: Stage): Promise<Holdings> {
  const { pid } = stage.gateway;
  return {
    fds: readdirSync(`/proc/${pid}/fd`).length,
    children: descendantsOf(pid).length,
    sessions: metric(await metricsOf(stage), "omni2_sessions"),
  };
}

const BASELINE_MS = 3_000;
const baselines = new WeakMap<Stage, Promise<Holdings>>();

/** The most that the gateway holds while only its neighbours are busy, seen before the first fault: idle sockets come and go. */
export function baseline(stage: Stage): Promise<Holdings> {
  const known = baselines.get(stage) ?? mostOf(stage);
  baselines.set(stage, known);
  return known;
}

async function mostOf(stage: Stage): Promise<Holdings> {
  let most = await holdings(stage);
  for (const endsAt = performance.now() + BASELINE_MS; performance.now() < endsAt; ) {
    const now = await holdings(stage);
    const larger = (what: keyof Holdings): number => Math.max(most[what], now[what]);
    most = { fds: larger("fds"), children: larger("children"), sessions: larger("sessions") };
  }
  return most;
}

/** While the subjects are still there: their stories are possible, and all their calls are counted. */
export async function assertAccounted(stage: Stage, subjects: readonly Subject[]): Promise<void> {
  process.kill(stage.gateway.pid, 0);
  const livez = await api(stage.gateway, "GET /livez");
  assert.equal(livez.status, 200);
  await stage.neighbours.assertUnhurt();
  stage.watcher.assertSound();
  for (const subject of subjects) {
    assertPossible(stage, subject.name);
    assertCoherent(await subject.view());
    await assertSameLog(stage, subject);
    await assertCounted(stage, subject.name);
  }
  assertNoBugs(stage);
}

/** Errors that are a person's to mend carry a code; all others are bugs. */
function assertNoBugs({ gateway }: Stage): void {
  const bugs = gateway.lines.filter(
    ({ msg, level, code }) =>
      ((level === "error" || level === "fatal") && code === undefined) || /unhandled|uncaught|met a bug/i.test(msg),
  );
  assert.deepEqual(bugs, []);
}

/** Edges of a breaker; a person may isolate it from everywhere. */
const EDGES: Readonly<Record<CircuitState, readonly CircuitState[]>> = {
  closed: ["open", "isolated"],
  open: ["half_open", "closed", "isolated"],
  half_open: ["open", "closed", "isolated"],
  isolated: ["closed", "open", "half_open"],
};

function assertPossible({ chronicle }: Stage, name: string): void {
  let status: string | undefined;
  let circuit: CircuitState = "closed";
  for (const { type, data } of chronicle.frames) {
    if (type === "server_added" && data.server.name === name) {
      status = undefined;
      circuit = "closed";
    } else if (type === "mcp_status_change" && data.name === name) {
      if (status !== undefined) assert.equal(data.old_status, status, `status changes of ${name} follow each other`);
      assert.notEqual(data.old_status, data.new_status);
      status = data.new_status;
    } else if (type === "circuit_breaker_state" && data.name === name) {
      assert.equal(data.old_state, circuit, `circuit changes of ${name} follow each other`);
      assert.ok(EDGES[circuit].includes(data.new_state), `${name}: ${circuit}>${data.new_state}`);
      circuit = data.new_state;
    }
  }
}

/** One view does not contradict itself. */
function assertCoherent(view: ServerView): void {
  const { status, link, health, circuitState, circuitRetryAt } = view;
  const seen = JSON.stringify({ status, link, health, circuitState, circuitRetryAt });
  if (status === "up") assert.ok(link === "connected" && health === "healthy" && circuitState === "closed", seen);
  if (circuitState !== "open") assert.equal(circuitRetryAt, null, seen);
  else assert.notEqual(circuitRetryAt, null, seen);
}

/** The newest entries of a health log; one answer holds no more than twice as many. */
const COMPARED = 100;

/** The stored health log tells what the journal tells. */
async function assertSameLog({ gateway, chronicle }: Stage, { name }: Subject): Promise<void> {
  const told = (): string[] =>
    chronicle.frames.flatMap(({ type, data }) => {
      if (!("name" in data) || data.name !== name) return [];
      if (type === "health_event") return [data.event_type];
      if (type === "mcp_auto_disabled") return ["auto_disabled"];
      return type === "circuit_breaker_state" ? [`circuit_${data.new_state}`] : [];
    });
  const stored = async (): Promise<string[]> => {
    const { status, json, text } = await api(gateway, `GET /api/servers/${name}/health-log`);
    assert.equal(status, 200, text);
    const { items } = json as { items: { id: number; eventType: string }[] };
    return items.sort((a, b) => a.id - b.id).map(({ eventType }) => eventType);
  };
  const both = async () => [(await stored()).slice(-COMPARED), told().slice(-COMPARED)] as const;
  const same = async (): Promise<boolean> => {
    const [one, other] = await both();
    return one.join() === other.join();
  };
  await until(`all of ${name} is stored`, same, 5_000).catch(async () => assert.deepEqual(...(await both())));
}

const SAMPLE = /^omni2_calls_total\{([^}]*)\} (\d+)$/gm;

/** `/metrics` has counted exactly the calls that were made, by outcome. */
async function assertCounted(stage: Stage, server: string): Promise<void> {
  const counted = async (): Promise<Record<Answer["outcome"], number>> => {
    const sums = { ok: 0, tool_error: 0, fault: 0 };
    for (const [, labels = "", value] of (await metricsOf(stage)).matchAll(SAMPLE)) {
      const outcome = /outcome="(\w+)"/.exec(labels)?.[1] as Answer["outcome"];
      if (labels.includes(`server="${server}"`)) sums[outcome] += Number(value);
    }
    return sums;
  };
  const wanted = { ...stage.caller.tally(server) };
  const same = async (): Promise<boolean> => JSON.stringify(await counted()) === JSON.stringify(wanted);
  await until(`every call of ${server} is counted`, same, 5_000).catch(async () =>
    assert.deepEqual(await counted(), wanted, `calls of ${server}, counted and made`),
  );
}

/** After the subjects are gone: no more descriptors, processes or sessions than before. */
export async function assertNothingLeft(stage: Stage, before: Holdings): Promise<void> {
  const left = async (): Promise<string[]> => {
    const now = await holdings(stage);
    return (["fds", "children", "sessions"] as const).flatMap((what) =>
      now[what] > before[what] + TOLERANCE ? [`${what}: ${before[what]} before, ${now[what]} now`] : [],
    );
  };
  await until("the gateway holds no more than before", async () => (await left()).length === 0, SETTLE_LIMIT_MS).catch(
    async () => assert.deepEqual(await left(), []),
  );
}
