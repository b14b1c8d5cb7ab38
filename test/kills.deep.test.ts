// What does the sudden end of a gateway leave behind? No process, and everything that it had promised to keep.
// KILL_POINTS says how often one is killed (default 20, in lives of 20 to a data directory); OMNI2_TEST_SEED repeats a run's moments.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerView } from "../src/contract/upstream.ts";
import { openSdk2 } from "./clients/asker.ts";
import { createDice, embeddedRows, processesOf, startLoad, survivors } from "./kills-kit.ts";
import { runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, modernCall, restCall, stdio, textOf, watch } from "./recovery-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const KILL_POINTS = Number(process.env.KILL_POINTS ?? 20);
/** A data directory sees so many: with the definitions of thousands, starting would be all that is measured. */
const ROUNDS = 20;
const LONGEST_RUN_MS = 1_500;
const GONE_LIMIT_MS = 2_000;
const WARM_START_MS = 3_000;
/** What health rows a crash may cost: those of the last so many ms. They are written within 20 ms; a starved machine adds to that. */
const UNSAVED_MS = 500;
/** Half a minute for what runs, one second for all the rest, and what a busy machine adds. */
const STOP_LIMIT_MS = 33_000;

let root: string;
/** Of the gateway that is tested now. */
let folder: string;
let remote: RunningServer;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "omni2-kills-"));
  remote = await startUpstream("holding.ts", "--http");
});

after(async () => {
  await remote?.stop();
  await rm(root, { recursive: true, force: true });
});

const servers = () => ({
  local: stdio("holding.ts"),
  tree: stdio("holding.ts", "--tree"),
  stubborn: stdio("holding.ts", "--stubborn"),
  victim: stdio("holding.ts"),
  remote: { url: remote.url },
});
const NAMES = ["local", "tree", "stubborn", "victim", "remote"];

const open = (until: "OMNI2 ready" | "Listening" = "OMNI2 ready"): Promise<TestGateway> =>
  startGateway({ servers: servers(), folder, until });

/** Everything that the gateways of this file have promised. */
interface Promised {
  readonly definitions: Set<string>;
  /** `server event_type ts` of health events, and how many ms before a kill they happened. */
  readonly health: Map<string, number>;
  readonly startMs: number[];
  /** Processes that outlived their gateway by more than two seconds. */
  readonly orphans: string[];
  /** Health events that were lost, as ms before the kill. */
  readonly unlogged: number[];
  answered: number;
}

async function assertKept(gateway: TestGateway, { definitions }: Promised): Promise<void> {
  const { items } = (await gateway.api("GET", "/api/servers")).body as { items: ServerView[] };
  const added = new Set(items.filter(({ origin }) => origin === "api").map(({ name }) => name));
  assert.deepEqual(
    [...definitions].filter((name) => !added.has(name)),
    [],
  );
}

/** One life of a gateway: started, loaded, killed after `runMs`; with `early` it may not even have become ready. */
async function live(round: number, { early, runMs }: { early: boolean; runMs: number }, promised: Promised) {
  const gateway = await open(early ? "Listening" : "OMNI2 ready");
  if (!early) {
    promised.startMs.push(gateway.startMs);
    await assertKept(gateway, promised);
  }
  const watcher = await watch(gateway);
  // Few of the added servers run: the writes are what is tested.
  const newServer = (n: number) => ({ name: `r${round}-${n}`, url: remote.url, enabled: n === 0 && round % 5 === 0 });
  const load = startLoad(gateway, { servers: NAMES, victim: "victim", newServer });
  await sleep(runMs);
  const processes = processesOf(gateway);
  assert.notEqual(survivors(gateway, processes).length, 0, "a gateway has processes, or this test sees nothing");
  const killedAt = Date.now();
  await gateway.end("SIGKILL");
  const none = (): boolean => survivors(gateway, processes).length === 0;
  await until("no process of it is left", none, GONE_LIMIT_MS).catch(() =>
    promised.orphans.push(survivors(gateway, processes).join(", ") || "one that ended right after"),
  );
  await load.stop();
  promised.answered += load.answered;
  for (const name of load.acknowledged) promised.definitions.add(name);
  if (early) return;
  for (const { ts, data } of watcher.of("health_event"))
    promised.health.set(`${data.name} ${data.event_type} ${ts}`, killedAt - ts);
}

/** How many calls the servers have begun, as they tell. */
async function began(gateway: TestGateway): Promise<number> {
  const tally = (server: string): Promise<string> => textOf(gateway, { server, tool: "tally" });
  return (await Promise.all(NAMES.map(tally))).reduce((sum, text) => sum + JSON.parse(text).began, 0);
}

/** So many lives on one new data directory; everything that they promised is looked for at the end. */
async function dieOften(rounds: number, dice: () => number): Promise<Promised> {
  folder = await mkdtemp(join(root, "lives-"));
  const promised: Promised = {
    definitions: new Set(),
    health: new Map(),
    startMs: [],
    orphans: [],
    unlogged: [],
    answered: 0,
  };
  await (await open()).stop();
  for (let round = 0; round < rounds; round++)
    await live(round, { early: dice() < 0.3, runMs: dice() * LONGEST_RUN_MS }, promised);
  const last = await open();
  promised.startMs.push(last.startMs);
  await assertKept(last, promised);
  await allUp(last, NAMES);
  await last.stop();
  promised.unlogged.push(...(await unlogged(promised)));
  return promised;
}

/** How old the health events were, when their gateway was killed, that are not in the log now. */
async function unlogged({ health }: Promised): Promise<number[]> {
  const kept = await embeddedRows(
    join(folder, "data"),
    `select server || ' ' || event_type || ' ' || round(extract(epoch from at) * 1000)::bigint as event
     from omni2.mcp_health_log`,
  );
  const stored = new Set(kept.map(({ event }) => event));
  return [...health].filter(([event]) => !stored.has(event)).map(([, ageMs]) => ageMs);
}

// Other work on the machine only ever adds to a start, so the quick ones show what the gateway itself needs.
const quickQuarter = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.POSITIVE_INFINITY;

describe("a gateway on its embedded database", () => {
  it(`that is killed ${KILL_POINTS} times under load leaves no process, keeps its word, and starts again at once`, async (t) => {
    const seed = Number(process.env.OMNI2_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    t.diagnostic(`OMNI2_TEST_SEED=${seed}`);
    const dice = createDice(seed);
    const lives: Promised[] = [];
    for (let left = KILL_POINTS; left > 0; left -= ROUNDS) lives.push(await dieOften(Math.min(left, ROUNDS), dice));
    const sum = (count: (promised: Promised) => number): number => lives.reduce((all, it) => all + count(it), 0);
    const [definitions, answered] = [sum((it) => it.definitions.size), sum((it) => it.answered)];
    const startMs = lives.flatMap((it) => it.startMs);
    const lostMs = Math.max(0, ...lives.flatMap((it) => it.unlogged));
    t.diagnostic(`warm starts in ms: ${startMs.join(" ")} (load ${loadavg()[0]} on ${cpus().length} processors)`);
    t.diagnostic(`${definitions} definitions acknowledged and ${answered} calls answered, none lost`);
    t.diagnostic(`${sum((it) => it.health.size)} health events seen, those lost up to ${lostMs} ms old`);
    const orphans = lives.flatMap((it) => it.orphans);
    assert.deepEqual(orphans, [], `left after ${GONE_LIMIT_MS} ms`);
    assert.ok(definitions > 0 && answered > 0);
    assert.ok(lostMs <= UNSAVED_MS, `a health event of ${lostMs} ms before the end was lost`);
    assert.ok(quickQuarter(startMs) <= WARM_START_MS);
  });

  it("refuses its data directory to a second gateway, naming the holder, and serves on", async () => {
    const first = await open();
    const config = ["--config", join(folder, "omni2.json"), "--data-dir", join(folder, "data")];
    const { code, stderr } = await runToExit([...config, "--port", "0"]);
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`\\bpid ${first.pid}\\b`));
    const { status } = await restCall(first, { server: "local", tool: "hold", arguments: { ms: 1 } });
    assert.equal(status, 200);
    assert.equal((await first.api("POST", "/api/servers", { name: "after", url: remote.url })).status, 201);
    await first.stop();
  });

  it("that is told to stop finishes what ends soon, gives up what does not after half a minute, and leaves no process", async (t) => {
    const gateway = await open();
    await allUp(gateway, NAMES);
    const watcher = await watch(gateway);
    const { client } = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
    const soon = { ms: 3_000 };
    const before = await began(gateway);
    const answers = NAMES.flatMap((server) => [
      restCall(gateway, { server, tool: "hold", arguments: soon }).then(({ body }) => body.result),
      modernCall(gateway, `${server}__hold`, { arguments: soon }).then(({ result }) => result),
      client.callTool({ name: `${server}__hold`, arguments: soon }),
    ]);
    const endless = NAMES.map((server) => restCall(gateway, { server, tool: "hold", arguments: { ms: 120_000 } }));
    const ends = Promise.allSettled(endless);
    const running = before + answers.length + endless.length;
    await until("all calls run", async () => (await began(gateway)) === running);
    const processes = processesOf(gateway);
    const toldAt = performance.now();
    const code = gateway.end("SIGTERM");
    for (const result of await Promise.all(answers)) assert.equal(result.content[0].text, "held for 3000 ms");
    assert.equal(await code, 0);
    const tookMs = performance.now() - toldAt;
    t.diagnostic(`stopped in ${Math.round(tookMs)} ms`);
    assert.ok(tookMs < STOP_LIMIT_MS, `it took ${tookMs} ms`);
    assert.deepEqual(survivors(gateway, processes), []);
    await ends;
    await client.close();
    watcher.close();
  });
});
