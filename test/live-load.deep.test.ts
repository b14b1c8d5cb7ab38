// How many can follow the live stream, how soon do they know, and what does each of them cost? The listener and broadcaster in
// one process on one core, the audience in another.
import assert from "node:assert/strict";
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { endureCuts } from "./live-cuts.ts";
import type { Order as AudienceOrder, Report as AudienceReport } from "./live-load/audience.ts";
import type { Order as GatewayOrder, Report as GatewayReport, Published, SlowCut } from "./live-load/gateway.ts";

const SUBSCRIBERS = 1_000;
const PER_SECOND = 100;
/** Of ten seconds each. */
const ROUNDS = 6;
const IDLE = 5_000;
const KIB = 1_024;
const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** What the child answers to the order, or says first of all. */
async function told<T>(child: ChildProcess, order?: AudienceOrder | GatewayOrder): Promise<T> {
  if (order !== undefined) child.send(order);
  for (;;) {
    const [message] = (await once(child, "message")) as [T & { about: string }];
    if (message.about === (order?.do ?? "start")) return message;
  }
}

class Bench {
  readonly gateway: ChildProcess;
  readonly audience: ChildProcess;
  address: { readonly port: number; readonly token: string } = { port: 0, token: "" };

  constructor() {
    const start = (file: string, ...execArgv: string[]): ChildProcess =>
      fork(join(import.meta.dirname, "live-load", file), { execArgv });
    this.gateway = start("gateway.ts", "--expose-gc");
    this.audience = start("audience.ts");
    if (spawnSync("taskset", ["-pc", "0", String(this.gateway.pid)]).status !== 0) console.log("not bound to one core");
  }

  async start(): Promise<void> {
    [this.address] = await Promise.all([told<{ port: number; token: string }>(this.gateway), told(this.audience)]);
  }

  open(sockets: number): Promise<unknown> {
    return told(this.audience, { do: "open", ...this.address, sockets });
  }

  /** Publishes at the rate and answers with what arrived of it. */
  async publish(forMs: number): Promise<AudienceReport & Published> {
    await told(this.audience, { do: "count" });
    const published = await told<Published>(this.gateway, { do: "publish", perSecond: PER_SECOND, forMs });
    await pause(1_000);
    return { ...(await told<AudienceReport>(this.audience, { do: "report" })), ...published };
  }

  report(): Promise<GatewayReport> {
    return told<GatewayReport>(this.gateway, { do: "report" });
  }

  stop(): void {
    this.gateway.kill("SIGKILL");
    this.audience.kill("SIGKILL");
  }
}

test("sockets cut five hundred times under a storm, with a restart in between, miss nothing and are told nothing twice", (t) =>
  endureCuts(t, 500));

test("a thousand subscribers are told of a hundred events a second within a quarter of a second, all of them", async (t) => {
  const bench = new Bench();
  t.after(() => bench.stop());
  await bench.start();
  await bench.open(SUBSCRIBERS);
  const p99s: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const { open, events, cpuMs, fewestEvents, mostEvents, fewestBytes, mostBytes, latency } =
      await bench.publish(10_000);
    assert.deepEqual([open, fewestEvents, mostEvents, fewestBytes], [SUBSCRIBERS, events, events, mostBytes]);
    const cpu = `${((cpuMs * 1_000) / (events * SUBSCRIBERS)).toFixed(2)} us CPU per event and subscriber`;
    t.diagnostic(`p50 ${latency.p50} p95 ${latency.p95} p99 ${latency.p99} max ${latency.max} ms, ${cpu}`);
    p99s.push(latency.p99);
  }
  // Nothing may be missed in any round; of the times the best one counts, because other programs share the two cores.
  assert.ok(Math.min(...p99s) <= 250, `p99 ${p99s} ms`);
});

test("one of a thousand that has stopped reading is cut within two seconds of 1 MiB, and the others do not notice", async (t) => {
  const bench = new Bench();
  t.after(() => bench.stop());
  await bench.start();
  await told(bench.audience, { do: "open one that never reads", ...bench.address });
  // What the two kernels hold for it comes first.
  await told(bench.gateway, { do: "fill" });
  await bench.open(SUBSCRIBERS);
  const cut = told<SlowCut>(bench.gateway, { do: "watch the slow" });
  const beside = await bench.publish(15_000);
  const { afterMs, sockets } = await cut;
  const alone = await bench.publish(15_000);
  const p95s = `p95 beside it ${beside.latency.p95} ms, alone ${alone.latency.p95} ms`;
  t.diagnostic(`cut ${Math.round(afterMs)} ms after 1 MiB; ${p95s}`);
  assert.ok(afterMs <= 2_000, `${afterMs} ms`);
  for (const { open, events, fewestEvents, fewestBytes, mostBytes } of [beside, alone]) {
    assert.deepEqual([open, fewestEvents, fewestBytes], [SUBSCRIBERS, events, mostBytes]);
  }
  assert.equal(sockets, SUBSCRIBERS);
  // Steps last up to 100 ms: below that nothing can be noticed.
  assert.ok(beside.latency.p95 <= Math.max(1.5 * alone.latency.p95, 100), p95s);
});

test("five thousand idle sockets cost at most 30 KiB each, and none is lost", async (t) => {
  const bench = new Bench();
  t.after(() => bench.stop());
  await bench.start();
  await bench.open(100);
  const few = await bench.report();
  await bench.open(IDLE - 100);
  await pause(3_000);
  const many = await bench.report();
  const eachKib = (many.rssBytes - few.rssBytes) / (IDLE - 100) / KIB;
  await pause(10_000);
  const later = await bench.report();
  t.diagnostic(`${eachKib.toFixed(1)} KiB each; ${((later.cpuMs - many.cpuMs) / 100).toFixed(1)} % CPU while idle`);
  assert.equal(later.sockets, IDLE);
  assert.ok(eachKib <= 30, `${eachKib} KiB each`);
});
