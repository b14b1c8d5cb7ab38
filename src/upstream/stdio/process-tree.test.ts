import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { resolveLaunch } from "./command.ts";
import { type Containment, containment, describeContainment, GROUP } from "./containment.ts";
import { isOrphaned, reapLeftovers } from "./leftovers.ts";
import { hasProcFs, ownPid, pidNamespace, processesWith, startTimeOf } from "./proc-fs.ts";
import { openProcessTree, type ProcessTree } from "./process-tree.ts";

const TAG = "STDIO_TEST_TAG";
const root = fileURLToPath(new URL("../../../", import.meta.url));
const scripted = join(root, "test/upstreams/stdio-scripted.ts");
const parent = join(root, "test/upstreams/stdio-parent.ts");
const skip = hasProcFs ? false : "needs Linux's /proc to look for survivors";

const until = async (what: () => boolean, withinMs = 10_000): Promise<void> => {
  for (const end = performance.now() + withinMs; !what(); ) {
    assert.ok(performance.now() < end, `not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const survivors = (tag: string): number[] =>
  processesWith(TAG)
    .filter(({ value }) => value === tag)
    .map(({ pid }) => pid);
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
};
// The loops' own sleeps come and go, and look like their loop until they execute: what lasts is there every time one looks.
const lasting = (tag: string): number[] => {
  const look = (): number[] => survivors(tag).filter((pid) => /scripted|trap/.test(commandOf(pid)));
  return [look(), look(), look()].reduce((seen, again) => seen.filter((pid) => again.includes(pid)));
};
// The server, a child with two children of its own, and one that left the session: all of them run.
/** One that has just ended by itself is as good as stopped. */
function stop(pid: number): void {
  try {
    process.kill(pid, "SIGSTOP");
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
  }
}

const treeStands = (tag: string): boolean =>
  survivors(tag).filter((pid) => commandOf(pid).includes("trap")).length >= 4;

async function open(args: string[], held: Containment): Promise<{ tree: ProcessTree; tag: string }> {
  const tag = randomUUID();
  const launch = resolveLaunch({
    name: "t",
    command: "node",
    args: [scripted, ...args],
    env: { [TAG]: tag },
    inherited: process.env,
    cwd: root,
  });
  const tree = await openProcessTree(launch, systemWorld, held);
  trees.push(tree);
  tree.stdout.resume();
  tree.stderr.resume();
  return { tree, tag };
}

const started: { readonly child: ChildProcess; readonly tag: string }[] = [];
const trees: ProcessTree[] = [];
after(async () => {
  await Promise.all(trees.map((tree) => tree.kill()));
  for (const { child, tag } of started) {
    child.kill("SIGKILL");
    for (const pid of survivors(tag)) process.kill(pid, "SIGKILL");
  }
});

async function startParent(...args: string[]): Promise<{ child: ChildProcess; tag: string }> {
  const tag = randomUUID();
  const child = spawn(process.execPath, [parent, ...args], {
    env: { ...process.env, [TAG]: tag },
    stdio: ["ignore", "pipe", "inherit"],
    cwd: root,
  });
  started.push({ child, tag });
  await until(() => treeStands(tag));
  return { child, tag };
}

for (const held of [containment(), GROUP]) {
  test(`a stubborn tree with escapees is gone after stop, within 5.5 s (${held.kind})`, { skip }, async () => {
    const { tree, tag } = await open(["--stubborn", "--tree"], held);
    await until(() => treeStands(tag));
    const stoppingAt = performance.now();
    await Promise.all([tree.stop(), tree.stop()]);
    const tookMs = performance.now() - stoppingAt;
    assert.ok(tookMs > 4_900 && tookMs < 5_900, `took ${tookMs} ms`);
    await until(() => survivors(tag).length === 0, 500);
  });

  test(`descendants go with a server that ends with its input (${held.kind})`, { skip }, async () => {
    const { tree, tag } = await open(["--tree"], held);
    await until(() => treeStands(tag));
    const stoppingAt = performance.now();
    await tree.stop();
    assert.ok(performance.now() - stoppingAt < 1_900, "no signal was needed");
    await until(() => survivors(tag).length === 0, 500);
  });

  test(`a stopped server ends all the same (${held.kind})`, { skip }, async () => {
    const { tree, tag } = await open(["--stubborn", "--tree"], held);
    await until(() => treeStands(tag));
    for (const pid of survivors(tag)) stop(pid);
    await tree.kill();
    assert.deepEqual((await tree.ended).signal, "SIGKILL");
    await until(() => survivors(tag).length === 0, 500);
  });

  test(`SIGTERM ends a server that has no handler for it (${held.kind})`, { skip }, async () => {
    const { tree } = await open([], held);
    await until(() => commandOf(tree.serverPid() ?? 0).includes("stdio-scripted"));
    process.kill(tree.serverPid() ?? 0, "SIGTERM");
    assert.deepEqual(await tree.ended, { code: null, signal: "SIGTERM" });
    assert.equal(tree.serverPid(), null);
  });
}

test("nothing of a server survives kill -9 of its gateway", {
  skip: containment().kind === "group" ? "pid namespaces are not permitted here" : false,
}, async () => {
  const { child, tag } = await startParent("node", scripted, "--stubborn", "--tree");
  child.kill("SIGKILL");
  await until(() => survivors(tag).length === 0, 2_000);
});

test("leftovers of a killed gateway are reaped, and those of a living one are not", { skip }, async () => {
  const dead = await startParent("--group", "node", scripted, "--stubborn", "--tree");
  const living = await startParent("--group", "node", scripted, "--stubborn", "--tree");
  await until(() => treeStands(dead.tag) && treeStands(living.tag));
  const before = lasting(living.tag);
  dead.child.kill("SIGKILL");
  await new Promise((resolve) => dead.child.once("exit", resolve));
  // Not counted: any gateway that starts on this machine at this moment reaps them too.
  reapLeftovers(silentLog);
  await until(() => survivors(dead.tag).length === 0);
  assert.deepEqual(
    before.filter((pid) => !survivors(living.tag).includes(pid)),
    [],
  );
  living.child.kill("SIGKILL");
  await new Promise((resolve) => living.child.once("exit", resolve));
  reapLeftovers(silentLog);
  await until(() => survivors(living.tag).length === 0);
});

test("a marker is orphaned only if its owner is provably gone", { skip }, () => {
  const here = pidNamespace();
  const start = startTimeOf(ownPid());
  const cases: [string, boolean][] = [
    [`aa:${ownPid()}:${start}:${here}:1`, false],
    [`aa:${ownPid()}:${Number(start) - 1}:${here}:1`, true],
    [`aa:${ownPid()}:${Number(start) - 1}:${here}1:1`, false],
    [`aa:4194399:5:${here}:1`, true],
    [`aa:4194399:0:${here}:1`, false],
    ["", false],
    ["aa", false],
    [`:4194399:5:${here}:1`, false],
    [`aa:../1:5:${here}:1`, false],
  ];
  for (const [marker, orphaned] of cases) assert.equal(isOrphaned(marker, here), orphaned, marker);
});

test("the containment of this machine is described in one line", () => {
  assert.match(describeContainment(), containment().kind === "namespace" ? /pid namespace/ : /process group|taskkill/);
});
