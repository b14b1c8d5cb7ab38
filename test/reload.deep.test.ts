// What do calls notice of a configuration that changes all the time? Nothing, where their own server did not change.
import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, faultIn, modernCall, restCall, stdio, type Watcher, watch } from "./recovery-kit.ts";
import { createCaller, legacyLife } from "./soak/callers.ts";
import { benchStdio } from "./soak/churn.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const CHANGES = 100;
const PERIOD_MS = 60_000;
const UNCHANGED = ["http", "stdio", "modern", "hold-http", "hold-stdio"];
const OMNI2 = { chaos: { enabled: true } };
const HOLD_MS = 1_500;
/** A retry time is told as time that is left, so two looks at it differ by what the asking took. */
const SAME_INSTANT_MS = 1_000;

let upstreams: RunningServer[] = [];
let gateway: TestGateway;
let watcher: Watcher;
let entries: Record<string, object>;

before(async () => {
  upstreams = await Promise.all([
    startUpstream("../soak/upstream.ts"),
    startUpstream("modern-echo.ts"),
    startUpstream("holding.ts", "--http"),
  ]);
  const [http, modern, holding] = upstreams.map(({ url }) => ({ url }));
  entries = {
    ...{ http: http ?? {}, modern: modern ?? {}, "hold-http": holding ?? {}, "hold-stdio": stdio("holding.ts") },
    ...{ stdio: benchStdio(), tuned: benchStdio(), replaced: benchStdio() },
    broken: { ...http, breaker: { openMs: 3_600_000, maxOpenMs: 3_600_000 } },
  };
  gateway = await startGateway({ servers: entries, omni2: OMNI2 });
  await allUp(gateway, Object.keys(entries));
  await breakCircuit();
  watcher = await watch(gateway);
});

after(async () => {
  watcher?.close();
  await gateway?.stop();
  await Promise.all(upstreams.map((server) => server.stop()));
});

async function breakCircuit(): Promise<void> {
  await gateway.api("POST", "/api/servers/broken/chaos", { kind: "error", forMs: 10_000, ratio: 1 });
  await until("the circuit is open", async () => {
    await restCall(gateway, { server: "broken", tool: "echo", arguments: { message: "" } });
    return (await gateway.server("broken")).circuitState === "open";
  });
}

/** When the next trial is due, in milliseconds since 1970. */
const retryAt = async (): Promise<number> => Date.now() + Number((await gateway.server("broken")).retryAfterMs);

/** Replaces the file as editors do, so that nobody reads half of it. */
async function write(text: string): Promise<void> {
  const file = join(gateway.folder, "omni2.json");
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const configure = (): Promise<void> => write(JSON.stringify({ mcpServers: entries, omni2: OMNI2 }));

const lines = (begin: string) => gateway.lines.filter(({ msg }) => msg.startsWith(begin));
const reloads = (): number => lines("configuration reloaded").length;

/** Puts these entries into the file, takes out those that are undefined, and waits until that is taken up. */
async function edit(changes: Readonly<Record<string, object | undefined>>, { hangUp = false } = {}): Promise<void> {
  const before = reloads();
  for (const [name, entry] of Object.entries(changes)) {
    if (entry === undefined) delete entries[name];
    else entries[name] = entry;
  }
  await configure();
  if (hangUp) process.kill(gateway.pid, "SIGHUP");
  await until("the file is taken up", () => reloads() > before);
}

/** Calls that ran at a server when it was taken out of the file, and what became of them. */
const interrupted: string[] = [];

async function interrupt(name: string): Promise<void> {
  await allUp(gateway, [name]);
  const hold = { arguments: { ms: HOLD_MS } };
  const rest = restCall(gateway, { server: name, tool: "hold", ...hold });
  const modern = modernCall(gateway, `${name}__hold`, hold);
  await until("both calls run", async () => {
    const { body } = await restCall(gateway, { server: name, tool: "tally" });
    return JSON.parse(body.result.content[0].text).began === 2;
  });
  await edit({ [name]: undefined });
  const { body } = await rest;
  const { result } = await modern;
  interrupted.push(outcomeOf(name, body.result, body.error), outcomeOf(name, result, faultIn(result)));
}

/** `answered`, or the fault's code if its words name the server. */
function outcomeOf(name: string, result: unknown, fault: { code: string } | undefined): string {
  const told = JSON.stringify(fault === undefined ? result : [fault, result]);
  if (fault === undefined) return told.includes(`held for ${HOLD_MS} ms`) ? "answered" : told;
  return told.includes(name) ? fault.code : told;
}

let badFiles = 0;

async function breakFile(text: string): Promise<void> {
  const complaints = lines("the old configuration stays").length;
  await write(text);
  badFiles += 1;
  await until("the bad file is refused", () => lines("the old configuration stays").length > complaints);
  await configure();
}

/** One after another, over and over; n counts them all. */
const ACTS: readonly ((n: number) => Promise<unknown>)[] = [
  (n) => edit({ tuned: { ...benchStdio(), timeoutMs: 10_000 + n } }),
  (n) => edit({ [`added-${n}`]: { url: upstreams[0]?.url } }, { hangUp: true }),
  (n) => edit({ replaced: { ...benchStdio(), env: { TURN: String(n) } } }),
  (n) => breakFile(n % 20 < 10 ? '{ "mcpServers": {' : JSON.stringify({ mcpServers: { two__parts: { args: [] } } })),
  (n) => ask("POST", "/api/servers", { name: `api-${n}`, url: upstreams[0]?.url }),
  (n) => ask("DELETE", `/api/servers/api-${n - 1}`),
  (n) => edit({ [`added-${n - 5}`]: undefined }, { hangUp: true }),
  (n) => edit({ [`leaving-${n}`]: stdio("holding.ts") }),
  (n) => interrupt(`leaving-${n - 1}`),
  (n) => edit({ broken: { ...entries.broken, description: `turn ${n}` } }),
];

async function ask(method: string, path: string, body?: object): Promise<void> {
  const answer = await gateway.api(method, path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer));
}

interface Load {
  calls: number;
  readonly failures: string[];
  stop(): Promise<void>;
}

/** Calls of every kind at the servers that do not change, until stopped. */
function startLoad(): Load {
  let running = true;
  const load: Load = { calls: 0, failures: [], stop };
  const callers = Array.from({ length: 3 }, () => createCaller(gateway));
  const repeat = async (act: () => Promise<unknown>): Promise<void> => {
    while (running) {
      await act().catch((error: Error) => load.failures.push(error.message));
      load.calls += 1;
      await sleep(5);
    }
  };
  const hold = async (server: string): Promise<void> => {
    const { result } = await modernCall(gateway, `${server}__hold`, { arguments: { ms: HOLD_MS } });
    if (result.content?.[0]?.text !== `held for ${HOLD_MS} ms`) throw new Error(JSON.stringify(result));
  };
  const loops = callers.flatMap((caller, i) => [
    repeat(() => (i === 0 ? caller.modern("http") : caller.rest("stdio"))),
    repeat(() => (i === 0 ? caller.rest("modern") : caller.modern("stdio"))),
  ]);
  loops.push(
    repeat(() => legacyLife(gateway, "http", 5)),
    repeat(() => hold("hold-http")),
    repeat(() => hold("hold-stdio")),
  );
  async function stop(): Promise<void> {
    running = false;
    await Promise.all(loops);
    await Promise.all(callers.map((caller) => caller.close()));
  }
  return load;
}

describe("a hundred changes of the configuration in a minute", () => {
  it("cost no call, no connection and no breaker of a server that did not change", async (t) => {
    const names = [...UNCHANGED, "tuned"];
    const pids = async (): Promise<unknown[]> =>
      (await Promise.all(names.map(gateway.server))).map(({ name, pid, status }) => [name, pid, status]);
    const [pidsBefore, retryBefore] = [await pids(), await retryAt()];
    const load = startLoad();
    const startedAt = performance.now();
    for (let n = 0; n < CHANGES; n++) {
      await ACTS[n % ACTS.length]?.(n);
      await sleep(Math.max(0, startedAt + ((n + 1) * PERIOD_MS) / CHANGES - performance.now()));
    }
    const tookMs = performance.now() - startedAt;
    await load.stop();
    t.diagnostic(`${CHANGES} changes in ${Math.round(tookMs)} ms, ${reloads()} taken up, ${badFiles} bad files`);
    t.diagnostic(`${load.calls} calls; those at servers that were removed: ${interrupted.join(" ")}`);
    assert.deepEqual(load.failures, []);
    assert.ok(load.calls > 1_000);
    assert.deepEqual(await pids(), pidsBefore);
    for (const name of names) assert.deepEqual(watcher.events(name), [], `${name} was left alone`);
    const broken = await gateway.server("broken");
    assert.equal(broken.circuitState, "open");
    assert.ok(Math.abs((await retryAt()) - retryBefore) < SAME_INSTANT_MS, "its retry time stays");
    assert.equal(lines("the old configuration stays").length, badFiles);
    for (const outcome of interrupted) assert.match(outcome, /^(answered|[A-Z_]+)$/);
    watcher.assertSound();
  });
});
