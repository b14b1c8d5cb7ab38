import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, fails, refused } from "./fake-server.fixture.ts";
import { defined, type Stage, started } from "./stage.fixture.ts";

const HIDES = defined("files", { hideAfterMs: 60_000 });
const listed = ({ catalog }: Stage): string => catalog.list(null, "tools").text;

function goAway({ server }: Stage): void {
  server("files").handshake = fails(refused);
  server("files").link.lose();
}

test("the tools of a server that stays away leave the lists after the configured time, and return with it", async () => {
  const played = await started([HIDES]);
  goAway(played);
  await played.world.pass(59_900);
  assert.equal(listed(played), '[{"name":"files__read"}]');
  played.told("files");
  await played.world.pass(200);
  assert.equal(listed(played), "[]");
  const words = played.told("files").filter((word) => word === "hidden" || word === "catalog.changed");
  assert.deepEqual(words, ["catalog.changed", "hidden"]);
  assert.equal(played.catalog.tool(null, "files__read")?.server, "files", "calls by name still find it");
  played.server("files").handshake = answers;
  await played.world.pass(300_000);
  assert.equal(listed(played), '[{"name":"files__read"}]');
  const back = played.told("files");
  assert.equal(back.filter((word) => word === "shown").length, 1);
  assert.ok(back.includes("catalog.changed"));
});

test("a server that comes back in time is never hidden, and each absence has the whole time", async () => {
  const played = await started([HIDES]);
  for (let absence = 0; absence < 5; absence++) {
    goAway(played);
    await played.world.pass(40_000);
    played.server("files").handshake = answers;
    const asked = played.coordinator.act("files", "reconnect");
    await played.world.pass(0);
    await asked;
    await played.world.pass(5_000);
    assert.equal(played.view("files").status, "up");
  }
  assert.ok(!played.told("files").includes("hidden"));
});

test("a server that was shown again is hidden again when it stays away again", async () => {
  const played = await started([HIDES]);
  for (let absence = 0; absence < 3; absence++) {
    goAway(played);
    await played.world.pass(61_000);
    assert.equal(listed(played), "[]");
    played.server("files").handshake = answers;
    await played.world.pass(300_000);
    assert.equal(played.view("files").status, "up");
  }
  const words = played.told("files").filter((word) => word === "hidden" || word === "shown");
  assert.deepEqual(words, ["hidden", "shown", "hidden", "shown", "hidden", "shown"]);
});

test("trying again does not begin the time anew", async () => {
  const played = await started([HIDES]);
  goAway(played);
  await played.world.pass(61_000);
  const words = played.told("files");
  assert.ok(words.filter((word) => word === "status recovering").length >= 3);
  assert.ok(words.includes("hidden"));
});

test("without a time the tools stay listed for ever", async () => {
  const played = await started([defined("files")]);
  goAway(played);
  await played.world.pass(86_400_000);
  assert.equal(listed(played), '[{"name":"files__read"}]');
});

test("a server that is removed while hidden comes back visible", async () => {
  const played = await started([HIDES]);
  goAway(played);
  await played.world.pass(61_000);
  await played.coordinator.reconcile([]);
  played.server("files").handshake = answers;
  await played.coordinator.reconcile([HIDES]);
  await played.world.pass(1_000);
  assert.equal(listed(played), '[{"name":"files__read"}]');
});
