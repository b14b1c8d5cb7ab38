// Does a gateway come right when its database is twenty seconds late, or goes away again and again under load?
// The short versions are in outage.test.ts.
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, until } from "./kit.ts";
import { assertNoBugs, assertStored, echo, readiness, startWithoutDatabase } from "./outage-kit.ts";
import { type Power, preparePostgres } from "./pg.ts";
import { allUp, stdio, textOf, watch } from "./recovery-kit.ts";

const LATE_MS = 20_000;
const HELD_BACK_MS = 60_000;
const OUTAGES = 10;
const LONGEST_SERVICE_MS = 600;

/** Runs the scenario on a PostgreSQL of our own that is off at first, or skips it. */
async function withPower(t: TestContext, scenario: (url: string, power: Power) => Promise<void>): Promise<void> {
  const postgres = await preparePostgres();
  if ("skip" in postgres) return t.skip(postgres.skip);
  if (postgres.power === null) return t.skip("the PostgreSQL at DATABASE_URL is not ours to switch off");
  try {
    await scenario(postgres.url, postgres.power);
  } finally {
    await postgres.stop();
  }
}

it("a gateway serves for twenty seconds without its database, and comes right when that comes", (t) =>
  withPower(t, async (url, power) => {
    const gateway = await startWithoutDatabase({ url, power, lateMs: LATE_MS });
    await gateway.stop();
  }));

it("a gateway whose database crashes ten times under load answers every call and writes everything once", (t) =>
  withPower(t, async (url, power) => {
    await power.on();
    const gateway = await startGateway({ servers: { one: stdio("echo.ts"), two: stdio("echo.ts") }, databaseUrl: url });
    try {
      await allUp(gateway, ["one", "two"]);
      const watcher = await watch(gateway);
      let running = true;
      const load = (async () => {
        for (; running; await sleep(2)) assert.equal(await textOf(gateway, echo("one", "on")), "on");
      })();
      for (let outages = 0; outages < OUTAGES; outages++) {
        await sleep(Math.random() * LONGEST_SERVICE_MS);
        await power.off();
        const { pid } = await gateway.server("two");
        if (pid !== null) process.kill(pid, "SIGKILL");
        await power.on();
        await until("it is ready again", async () => (await readiness(gateway)).status === 200);
      }
      running = false;
      await load;
      // Killed so often, it is held back for as long as the restart intensity says.
      const isUp = (): boolean => watcher.changes("two").at(-1) === "recovering>up";
      await until("the last of its servers is up", isUp, HELD_BACK_MS);
      await assertStored(["one", "two"], url, watcher);
      watcher.close();
      assertNoBugs(gateway);
    } finally {
      await gateway.stop();
    }
  }));
