// Is the advice true? A mixed workload at three published servers is watched first; then the advised lines are configured, and the
// same workload runs again on the same servers, made anew.
import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Advice, CacheAnswer } from "../src/contract/cache.ts";
import { askerOf, assertAddsUp, cacheOf } from "./cache-kit.ts";
import { countedEntry, counterOf, randomFrom, zipf } from "./cache-workload.ts";
import { startGateway } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { callsIn } from "./upstreams/counting.ts";

const SERVERS = ["files", "memory", "everything"] as const;
type Server = (typeof SERVERS)[number];
/** Per server. */
const CALLS = 400;
/** Nobody asks for so long in the middle; what answered alike before and after has been seen over some time. */
const BREAK_MS = 2_500;
/** How far a prediction may be off, as a share of all calls. */
const TOLERANCE = 0.05;

interface Step {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Done behind the gateway's back, right before the call. */
  readonly before?: () => Promise<unknown>;
}

type Workload = Readonly<Record<Server, readonly Step[]>>;

/** The same steps for the same folder of files. */
function workloadIn(folder: string): Workload {
  const random = randomFrom(7);
  const [file, word, small] = [zipf(40, random), zipf(60, random), zipf(8, random)];
  const path = (key: number): string => join(folder, `${key}.txt`);
  const log = join(folder, "growing.log");
  const draw = (steps: readonly (readonly [share: number, step: () => Step])[]): Step[] =>
    Array.from({ length: CALLS }, () => {
      let drawn = random();
      for (const [share, step] of steps) {
        drawn -= share;
        if (drawn < 0) return step();
      }
      throw new Error("the shares are less than 1");
    });
  /** The same question last before the break and first after it. */
  const withBreak = (tool: string, given: Step["arguments"], steps: readonly Step[]): Step[] => {
    const step = { tool, arguments: given };
    const middle = steps.length / 2;
    return [...steps.slice(0, middle), step, { ...step, before: () => sleep(BREAK_MS) }, ...steps.slice(middle)];
  };
  const files = draw([
    [0.65, () => ({ tool: "read_text_file", arguments: { path: path(file()) } })],
    [0.1, () => ({ tool: "list_directory", arguments: { path: folder } })],
    [0.1, () => ({ tool: "search_files", arguments: { path: folder, pattern: `${small()}*` } })],
    [0.135, () => ({ tool: "get_file_info", arguments: { path: log }, before: () => appendFile(log, "more\n") })],
    [0.02, () => ({ tool: "write_file", arguments: { path: path(file()), content: String(random()) } })],
  ]);
  const memory = draw([
    [0.5, () => ({ tool: "search_nodes", arguments: { query: `word${word()}` } })],
    [0.3, () => ({ tool: "open_nodes", arguments: { names: [`name${small()}`] } })],
    [0.17, () => ({ tool: "read_graph", arguments: {} })],
    [0.04, () => ({ tool: "create_entities", arguments: { entities: [entity(word(), small())] } })],
  ]);
  const everything = draw([
    [0.6, () => ({ tool: "echo", arguments: { message: `word ${word()}` } })],
    [0.2, () => ({ tool: "get-sum", arguments: { a: small(), b: small() } })],
    [0.11, () => ({ tool: "get-resource-reference", arguments: { resourceType: "Text", resourceId: 1 } })],
    [0.1, () => ({ tool: "echo", arguments: { message: `once ${random()}` } })],
  ]);
  return {
    files: withBreak("read_text_file", { path: path(0) }, files),
    memory: withBreak("search_nodes", { query: "word0" }, memory),
    everything: withBreak("echo", { message: "word 0" }, everything),
  };
}

const entity = (word: number, name: number) => ({
  name: `name${name}`,
  entityType: "t",
  observations: [`word${word}`],
});

/** Tools whose writes a caller knows of. */
const WRITES: ReadonlySet<string> = new Set(["write_file", "create_entities"]);

interface Ran {
  readonly answer: CacheAnswer;
  /** `server/tool` of answers that differed from the last one to the same question, with no known write in between. */
  readonly changed: ReadonlySet<string>;
  /** Calls that came through to the server, by `server/tool`. */
  readonly reached: ReadonlyMap<string, number>;
}

/** Runs the workload on fresh servers behind a fresh gateway. */
async function run(folder: string, settings: Readonly<Record<Server, object>>): Promise<Ran> {
  const files = join(folder, "files");
  await mkdir(files, { recursive: true });
  await writeFile(join(files, "growing.log"), "");
  await Promise.all(Array.from({ length: 40 }, (_, key) => writeFile(join(files, `${key}.txt`), `file ${key}`)));
  const env = { MEMORY_FILE_PATH: join(folder, "memory.jsonl") };
  const entries = {
    files: countedEntry(folder, "files", { script: "mcp-server-filesystem", args: [files] }),
    memory: { ...countedEntry(folder, "memory", { script: "mcp-server-memory" }), env },
    everything: countedEntry(folder, "everything", { script: "mcp-server-everything" }),
  };
  const servers = Object.fromEntries(SERVERS.map((name) => [name, { ...entries[name], ...settings[name] }]));
  const gateway = await startGateway({ servers });
  try {
    await allUp(gateway, SERVERS);
    const { ask } = askerOf(gateway);
    const workload = workloadIn(files);
    const changed = new Set<string>();
    const one = async (server: Server): Promise<void> => {
      const seen = new Map<string, string>();
      for (const { tool, arguments: given, before } of workload[server]) {
        await before?.();
        const { text = "", result } = await ask({ server, tool, arguments: given });
        assert.notEqual(result?.isError, true, text);
        if (WRITES.has(tool)) seen.clear();
        const question = JSON.stringify([tool, given]);
        const answer = JSON.stringify(result.content);
        if ((seen.get(question) ?? answer) !== answer) changed.add(`${server}/${tool}`);
        seen.set(question, answer);
      }
    };
    await Promise.all(SERVERS.map(one));
    const reached = new Map<string, number>();
    for (const server of SERVERS) {
      for (const [tool, times] of callsIn(counterOf(folder, server))) reached.set(`${server}/${tool}`, times);
    }
    return { answer: await cacheOf(gateway), changed, reached };
  } finally {
    await gateway.stop();
  }
}

/** Both ways to be only watched: because that is configured, or because nobody trusts the server. */
const WATCHED: Record<Server, { readonly trusted: boolean; readonly cache: object }> = {
  files: { trusted: true, cache: { mode: "shadow" } },
  memory: { trusted: false, cache: { mode: "auto" } },
  everything: { trusted: false, cache: { mode: "shadow" } },
};

const isAdvised = ({ verdict }: Advice): boolean => verdict === "cache" || verdict === "ask";

/** `server/tool` of everything advised, with the share of its calls that would be answered. */
const foretold = (advice: readonly Advice[]): Map<string, number> =>
  new Map(
    advice
      .filter(isAdvised)
      .map(({ server, tool, forecasts, ttlMs: advised }) => [
        `${server}/${tool}`,
        forecasts.find(({ ttlMs }) => ttlMs === advised)?.hitRate ?? -1,
      ]),
  );

/** The same servers in `auto` with the advised lines, read as a person would paste them. */
function withLines(advice: readonly Advice[]): Record<Server, object> {
  const of = (name: Server) => {
    const lines = advice.flatMap(({ server, config }) => (server === name && config !== null ? [config] : []));
    return { ...WATCHED[name], cache: { mode: "auto", tools: JSON.parse(`{${lines.join(",")}}`) } };
  };
  return { files: of("files"), memory: of("memory"), everything: of("everything") };
}

function assertForetold(advice: readonly Advice[], { answer, reached }: Ran): void {
  for (const [name, predicted] of foretold(advice)) {
    const row = answer.tools.find(({ server, tool }) => `${server}/${tool}` === name) ?? assert.fail(name);
    const measured = row.hits / row.calls;
    assert.ok(Math.abs(measured - predicted) <= TOLERANCE, `${name}: ${predicted} foretold, ${measured} measured`);
    assert.equal(row.calls - row.hits, reached.get(name), `what reached ${name}`);
  }
}

test("the advisor recommends only what did not change, and foretells what caching it then saves", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "omni2-advisor-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const watched = await run(join(folder, "watched"), WATCHED);
  assertAddsUp(watched.answer);
  const { advice } = watched.answer;
  const advised = foretold(advice);
  for (const { sentence, verdict } of advice) t.diagnostic(`${verdict}: ${sentence}`);
  assert.ok(watched.changed.has("files/get_file_info"));
  for (const name of watched.changed) {
    assert.ok(!advised.has(name), `${name} changed`);
    const { verdict } = advice.find(({ server, tool }) => `${server}/${tool}` === name) ?? assert.fail(name);
    assert.equal(verdict, "keep_off");
  }
  for (const name of ["files/read_text_file", "memory/search_nodes", "everything/echo"]) {
    assert.ok(advised.has(name), `${name} is advised`);
  }

  const cached = await run(join(folder, "cached"), withLines(advice));
  assertAddsUp(cached.answer);
  assertForetold(advice, cached);
});
