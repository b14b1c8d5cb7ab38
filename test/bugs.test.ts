// What does a bug that nobody caught do to the gateway? A rejection is written down; an exception ends it, but not its calls.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { restCall, stdio } from "./recovery-kit.ts";

/** Loaded before the gateway: a bug for each signal. */
const PLANTED = `data:text/javascript,
  process.on("SIGUSR2", () => setImmediate(() => { throw new Error("planted exception"); }));
  process.on("SIGPIPE", () => void Promise.reject(new Error("planted rejection")));`.replaceAll("\n", "");

async function start(t: TestContext): Promise<TestGateway> {
  const gateway = await startGateway({ servers: { local: stdio("holding.ts") }, nodeArgs: ["--import", PLANTED] });
  t.after(() => gateway.stop());
  return gateway;
}

const hold = (ms: number) => ({ server: "local", tool: "hold", arguments: { ms } });

test("a rejection that nobody waits for is counted and logged, and the gateway goes on", async (t) => {
  const gateway = await start(t);
  for (const rejections of [1, 2]) {
    process.kill(gateway.pid, "SIGPIPE");
    const line = await until("it is logged", () => gateway.lines.find((one) => one.rejections === rejections));
    assert.match(line.msg, /Unhandled rejection: a bug; the gateway goes on/);
    assert.equal((line.err as Error).message, "planted rejection");
  }
  assert.equal((await restCall(gateway, hold(1))).status, 200);
  assert.equal(await gateway.end("SIGTERM"), 0);
});

test("an exception is logged, the call that runs is answered, new ones are refused, and the exit code is 1", async (t) => {
  const gateway = await start(t);
  const running = restCall(gateway, hold(2_000));
  const tally = { server: "local", tool: "tally" };
  await until("the call runs", async () =>
    (await restCall(gateway, tally)).body.result.content[0].text.includes('"began":1'),
  );
  const threwAt = Date.now();
  process.kill(gateway.pid, "SIGUSR2");
  const line = await until("it is logged", () => gateway.lines.find(({ exceptions }) => exceptions === 1));
  assert.match(line.msg, /Uncaught exception/);
  assert.equal((await restCall(gateway, tally)).body.error.code, "DRAINING");
  // Another bug on the way out changes nothing.
  process.kill(gateway.pid, "SIGUSR2");
  assert.equal((await running).status, 200);
  const code = await gateway.ended;
  assert.equal(code, 1);
  assert.ok(Date.now() - threwAt < 7_000);
  assert.equal(
    gateway.lines.some(({ exceptions }) => exceptions === 2),
    true,
  );
});

test("an exception does not wait longer than five seconds for a call", async (t) => {
  const gateway = await start(t);
  const cut = restCall(gateway, hold(30_000)).catch(() => undefined);
  const tally = { server: "local", tool: "tally" };
  await until("the call runs", async () =>
    (await restCall(gateway, tally)).body.result.content[0].text.includes('"began":1'),
  );
  const threwAt = Date.now();
  process.kill(gateway.pid, "SIGUSR2");
  assert.equal(await gateway.ended, 1);
  assert.ok(Date.now() - threwAt < 7_000, `${Date.now() - threwAt} ms`);
  const answer = await cut;
  assert.ok(answer === undefined || answer.body.error.code === "OUTCOME_UNKNOWN", JSON.stringify(answer));
});
