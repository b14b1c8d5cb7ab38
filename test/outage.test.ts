// What happens while the external database is not there? Servers serve, people are told, and what happened is written later.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type TestGateway, until } from "./kit.ts";
import { assertNoBugs, assertStored, echo, readiness, startWithoutDatabase } from "./outage-kit.ts";
import { preparePostgres, type TestPostgres } from "./pg.ts";
import { textOf, type Watcher, watch } from "./recovery-kit.ts";

const LATE_MS = 4_000;
const STOP_LIMIT_MS = 10_000;

describe("a gateway without its database", () => {
  it("serves, waits for it, and survives its loss without a hole in the health log", async (t) => {
    const postgres = await preparePostgres();
    if ("skip" in postgres) return t.skip(postgres.skip);
    if (postgres.power === null) return t.skip("the PostgreSQL at DATABASE_URL is not ours to switch off");
    const { url, power } = postgres;
    let gateway: TestGateway | undefined;
    try {
      await t.test("that comes late", async () => {
        gateway = await startWithoutDatabase({ url, power, lateMs: LATE_MS });
      });
      if (gateway === undefined) return;
      const running = { ...postgres, power, gateway };
      await t.test("that goes away for a while", () => outage(running));
      await t.test("that does not answer when it is told to stop", () => stopWhileItHangs(running));
    } finally {
      await gateway?.stop();
      await postgres.stop();
    }
  });
});

interface Running extends TestPostgres {
  readonly power: NonNullable<TestPostgres["power"]>;
  readonly gateway: TestGateway;
}

async function outage({ url, power, gateway }: Running): Promise<void> {
  const watcher = await watch(gateway);
  await assertStored([], url, watcher);
  await power.off();
  await until("its loss is known", async () => (await readiness(gateway)).status === 503);
  assert.match((await readiness(gateway)).reasons.join(), /\S/);
  await until("the sockets are told", () => watcher.of("initial_status").at(-1)?.data.ready === false);
  await restartDuringOutage(gateway, watcher);
  for (let calls = 0; calls < 20; calls++)
    assert.equal(await textOf(gateway, echo("two", String(calls))), String(calls));
  await power.on();
  await until("it is ready by itself", async () => (await readiness(gateway)).status === 200);
  await until("the sockets are told", () => watcher.of("initial_status").at(-1)?.data.ready === true);
  await assertStored(["one", "two"], url, watcher);
  watcher.assertSound();
  watcher.close();
  assertNoBugs(gateway);
}

async function stopWhileItHangs({ power, gateway }: Running): Promise<void> {
  power.pause();
  const { pid } = await gateway.server("one");
  process.kill(Number(pid), "SIGKILL");
  await until("there is something to write", async () => (await gateway.server("one")).pid !== pid);
  const toldAt = performance.now();
  const code = await gateway.end("SIGTERM");
  const tookMs = performance.now() - toldAt;
  power.resume();
  assert.equal(code, 0);
  assert.ok(tookMs < STOP_LIMIT_MS, `it took ${tookMs} ms`);
}

async function restartDuringOutage(gateway: TestGateway, watcher: Watcher): Promise<void> {
  process.kill(Number((await gateway.server("one")).pid), "SIGKILL");
  await until("it is up again", () => watcher.changes("one").at(-1) === "recovering>up");
  assert.equal(await textOf(gateway, echo("one", "again")), "again");
}
