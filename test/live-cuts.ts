// What do sockets go through that are cut again and again? A storm of events, reconnects without anything new, a restart of the
// gateway; afterwards what they were told is compared with REST and with what the database holds.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { embeddedRows } from "./kills-kit.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { Follower, startStorm, untilEqual } from "./live-kit.ts";
import { allUp, stdio } from "./recovery-kit.ts";

const NAMES = ["a", "b", "c"];
const FOLLOWERS = 5;
/** A socket lives and stays away for less than this, in milliseconds. */
const SHORT_MS = 60;

const shortly = (): Promise<void> => new Promise((wake) => setTimeout(wake, Math.random() * SHORT_MS));

async function cutInStorm(gateway: TestGateway, followers: readonly Follower[], times: number): Promise<void> {
  const storm = startStorm(gateway, NAMES);
  let left = times;
  const beCut = async (follower: Follower): Promise<void> => {
    for (; left > 0; await follower.connect(gateway)) {
      left--;
      await shortly();
      follower.cut();
      await shortly();
    }
  };
  await Promise.all(followers.map(beCut));
  await storm.stop();
}

async function reconnectForNothing(gateway: TestGateway, follower: Follower): Promise<void> {
  await untilEqual(follower, gateway);
  for (const _ of [1, 2]) {
    const before = structuredClone(follower.position);
    follower.cut();
    await follower.connect(gateway);
    assert.deepEqual(follower.position, before, "a reconnect without anything new");
  }
  await untilEqual(follower, gateway);
}

async function archivedIn(folder: string, epoch: string | undefined): Promise<Map<number, string>> {
  const sql = `select seq, type from omni2.events where epoch = '${epoch}' order by seq`;
  const rows = await embeddedRows(join(folder, "data"), sql);
  return new Map(rows.map(({ seq, type }) => [Number(seq), String(type)]));
}

/** Cuts sockets so many times, half of them before a restart; fails for anything missed or told twice. */
export async function endureCuts(t: TestContext, cuts: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-live-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const servers = Object.fromEntries(NAMES.map((name) => [name, stdio("echo.ts")]));
  const followers = Array.from({ length: FOLLOWERS }, () => new Follower());
  for (const _ of [1, 2]) {
    const gateway = await startGateway({ servers, folder });
    t.after(() => gateway.end("SIGKILL"));
    await Promise.all(followers.map((follower) => follower.connect(gateway)));
    await allUp(gateway, NAMES);
    await cutInStorm(gateway, followers, cuts / 2);
    for (const follower of followers) await reconnectForNothing(gateway, follower);
    assert.equal(await gateway.end("SIGTERM"), 0);
  }
  const archived = await archivedIn(folder, followers[0]?.position?.epoch);
  const numbers = [...archived.keys()];
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => at + 1),
    "the archive holds every number once",
  );
  for (const follower of followers) {
    assert.deepEqual(follower.problems, []);
    assert.deepEqual(follower.compare(archived), []);
  }
  const snapshots = followers.map((follower) => follower.snapshots);
  t.diagnostic(`${cuts} cuts, ${archived.size} events, snapshots ${snapshots.join(" ")}`);
  // A machine that stands still for seconds makes a replay late, and then a snapshot comes.
  assert.ok(Math.max(...snapshots) <= 5, `snapshots: ${snapshots}`);
}
