// Does a live client ever miss anything, and is it told more than anybody can follow?
import assert from "node:assert/strict";
import { test } from "node:test";
import { startGateway, until } from "./kit.ts";
import { endureCuts } from "./live-cuts.ts";
import { startStorm } from "./live-kit.ts";
import { allUp, stdio, watch } from "./recovery-kit.ts";

test("sockets cut a hundred times under a storm, with a restart in between, miss nothing and are told nothing twice", (t) =>
  endureCuts(t, 100));

test("a breaker that flaps reaches a client as at most ten frames a second, the last state right; the health log has all", async (t) => {
  const gateway = await startGateway({ servers: { a: stdio("echo.ts") } });
  t.after(() => gateway.stop());
  await allUp(gateway, ["a"]);
  const watcher = await watch(gateway);
  const startedAt = Date.now();
  const storm = startStorm(gateway, ["a"]);
  await new Promise((wake) => setTimeout(wake, 3_000));
  const isolations = await storm.stop();
  const lastedS = (Date.now() - startedAt) / 1_000;
  const { circuitState } = await gateway.server("a");
  const told = () => watcher.of("circuit_breaker_state").map(({ seq, data }) => ({ seq, state: data.new_state }));
  await until("the last state is told", () => told().at(-1)?.state === circuitState);
  watcher.assertSound();
  watcher.close();
  const frames = told().length;
  const logged = async (): Promise<number> => {
    const { body } = await gateway.api("GET", "/api/servers/a/health-log?limit=1000");
    return (body as { items: { eventType: string }[] }).items.filter((it) => it.eventType === "circuit_isolated")
      .length;
  };
  await until("every change is in the health log", async () => (await logged()) === isolations);
  t.diagnostic(`${frames} frames of about ${2 * isolations} changes in ${lastedS.toFixed(1)} s`);
  // Four changes of the first second are told in any case.
  assert.ok(frames <= 10 * Math.ceil(lastedS) + 4, `${frames} frames in ${lastedS} s`);
});
