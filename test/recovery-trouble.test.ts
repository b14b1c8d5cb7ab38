// What do servers that never get well cost the others? Those that hang, crash, flap or talk rubbish stay their own problem,
// and are tried ever more rarely.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Frame } from "#contract/event.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, faultIn, modernCall, restCall, stdio, textOf, type Watcher, watch } from "./recovery-kit.ts";

const CALL_LIMIT_MS = 1_500;
const SLOW_CALL_MS = 500;
/** Half of the first wait of a reconnect: its jitter may take that much off. */
const SHORTEST_FIRST_WAIT_MS = 100;

let gateway: TestGateway;
let watcher: Watcher;

before(async () => {
  gateway = await startGateway({
    servers: {
      hangs: { ...stdio("wayward.ts", "hang"), timeoutMs: CALL_LIMIT_MS },
      crashes: stdio("wayward.ts", "crash"),
      babbles: { ...stdio("wayward.ts", "babble"), timeoutMs: CALL_LIMIT_MS },
      missing: { command: "no-such-program-anywhere" },
      forsaken: { command: "no-such-program-anywhere" },
      flaps: stdio("wayward.ts", "flap", "300"),
      noisy: stdio("wayward.ts", "noisy"),
      well: stdio("echo.ts"),
    },
    until: "Listening",
  });
  watcher = await watch(gateway);
});

after(async () => {
  watcher?.close();
  await gateway?.stop();
});

const well = { server: "well", tool: "echo", arguments: { message: "fine" } };

describe("servers that cannot be used", () => {
  it("do not keep the others from starting", async () => {
    const beganAt = Date.now();
    await allUp(gateway, ["well", "noisy"]);
    assert.ok(Date.now() - beganAt < 10_000);
    const { status } = await gateway.server("hangs");
    assert.equal(status, "unknown", "it has not even failed yet");
  });

  it("do not slow down calls to the others, and rubbish between answers harms nobody", async () => {
    const durations: number[] = [];
    for (let calls = 0; calls < 100; calls++) {
      const beganAt = performance.now();
      assert.equal(await textOf(gateway, well), "fine");
      durations.push(performance.now() - beganAt);
    }
    const slow = durations.sort((a, b) => b - a)[4] ?? 0;
    assert.ok(slow < SLOW_CALL_MS, `the fifth slowest of 100 took ${slow} ms`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => modernCall(gateway, "noisy__hello")));
    for (const { result } of answers) assert.equal(result.content[0].text, "hello");
  });

  it("answer calls within the time that one call is allowed", async () => {
    const beganAt = Date.now();
    for (const server of ["hangs", "babbles"]) {
      const { status, body } = await restCall(gateway, { server, tool: "hello" });
      assert.equal(status, 504, JSON.stringify(body));
      assert.equal(body.error.code, "UPSTREAM_TIMEOUT");
      assert.match(body.error.message, new RegExp(server));
    }
    assert.ok(Date.now() - beganAt < 10_000);
  });

  it("tell the model which server is missing and why", async () => {
    const { status, result } = await modernCall(gateway, "crashes__hello");
    assert.equal(status, 200);
    const fault = faultIn(result);
    assert.equal(fault?.code, "UPSTREAM_UNAVAILABLE");
    assert.equal(fault?.server, "crashes");
    assert.match(result.content[0].text, /^crashes is unavailable: .*exited with code 3.* The next try is in \d+ s\.$/);
    const missing = await restCall(gateway, { server: "missing", tool: "hello" });
    assert.equal(missing.status, 503);
    assert.ok(Number(missing.retryAfter) >= 1);
    assert.match(missing.body.error.message, /no-such-program-anywhere/);
  });

  it("show their last words", async () => {
    const { body } = await gateway.api("GET", "/api/servers/crashes/stderr");
    assert.ok((body as { lines: string[] }).lines.some((line) => line.includes("cannot find my settings")));
  });
});

type HealthFrame = Extract<Frame, { type: "health_event" }>;

/** Milliseconds from each end or failure to the attempt that follows it. */
function waitsOf(events: readonly HealthFrame[]): number[] {
  return events.flatMap(({ data, ts }, at) => {
    const before = events[at - 1];
    return data.event_type === "recovery_attempt" && before !== undefined ? [ts - before.ts] : [];
  });
}

const attempts = (server: string): HealthFrame[] =>
  watcher.events(server).filter(({ data }) => data.event_type === "recovery_attempt");

describe("a server that fails again and again, and that nobody calls", () => {
  for (const [server, failure] of [
    ["forsaken", "connect_failed"],
    ["flaps", "process_exited"],
  ] as const) {
    it(`is tried after ever longer waits: one whose attempts end as ${failure}`, async () => {
      await until("it was tried five times", () => attempts(server).length >= 5, 40_000);
      const events = watcher.events(server).filter(({ data }) => data.event_type !== "connected");
      const kinds = new Set(events.map(({ data }) => data.event_type));
      kinds.delete("crash_loop");
      assert.deepEqual([...kinds].sort(), [failure, "recovery_attempt"].sort());
      for (const [at, waitedMs] of waitsOf(events).slice(0, 5).entries()) {
        const leastMs = SHORTEST_FIRST_WAIT_MS * 2 ** at;
        assert.ok(waitedMs >= leastMs - 2, `wait ${at + 1} took ${waitedMs} ms, not ${leastMs} ms or more`);
      }
      watcher.assertSound();
    });
  }
});
