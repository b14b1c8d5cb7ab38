import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheAnswerSchema } from "#contract/cache.ts";
import { cacheReport } from "./report.ts";
import { Stage, type StageOptions, textReply } from "./stage.fixture.ts";

/** A tool is called so often with the same arguments. */
async function called(options: StageOptions, tools: Readonly<Record<string, number>>): Promise<Stage> {
  const stage = new Stage(options);
  stage.answers = ({ params }) => {
    stage.world.advance(params.name === "slow" ? 200 : 100);
    return textReply("same");
  };
  for (const [tool, times] of Object.entries(tools)) {
    for (let at = 0; at < times; at++) await stage.ask({ tool });
  }
  return stage;
}
const reportOf = (stage: Stage, more: Partial<Parameters<typeof cacheReport>[0]> = {}) =>
  cacheReport({
    cache: stage.cache,
    catalog: { tool: (_view, name) => stage.tool(name) },
    definition: () => stage.definition,
    ...more,
  });

test("the report is what its schema says, the busiest tools first, and its parts add up", async () => {
  const stage = await called({ cache: { mode: "auto" } }, { quiet: 1, busy: 5 });
  const report = reportOf(stage);
  assert.deepEqual(cacheAnswerSchema.parse(report), report);
  assert.deepEqual(
    report.tools.map(({ tool, calls }) => [tool, calls]),
    [
      ["busy", 5],
      ["quiet", 1],
    ],
  );
  assert.deepEqual(
    report.servers.map(({ server, mode, calls }) => [server, mode, calls]),
    [["files", "auto", 6]],
  );
  assert.deepEqual([report.size, report.entries, report.hits, report.hitRate], [2, 2, 4, 4 / 6]);
  assert.deepEqual([report.maxEntries, report.advice], [1_000, []]);
});

test("advice is given for what is only watched, what would save most first", async () => {
  const stage = await called({ cache: { mode: "shadow" } }, { quick: 30, slow: 30, seldom: 3 });
  const { advice } = reportOf(stage);
  assert.deepEqual(
    advice.map(({ tool, verdict }) => [tool, verdict]),
    [
      ["slow", "cache"],
      ["quick", "cache"],
      ["seldom", "wait"],
    ],
  );
  assert.equal(advice[0]?.forecasts[2]?.savedMs, 5_800);
});

test("a tool that does not say that it only reads is left to a person, one that says that it writes gets no advice", async () => {
  const annotations = { silent: undefined, writes: { readOnlyHint: false } };
  const { advice } = reportOf(
    await called({ cache: { mode: "shadow", invalidateOnWrite: false }, annotations }, { silent: 30, writes: 30 }),
  );
  assert.deepEqual(
    advice.map(({ tool, verdict }) => [tool, verdict]),
    [["silent", "ask"]],
  );
});

test("a tool whose rule was written meanwhile, that is listed no more or whose server is gone gets no advice", async () => {
  const stage = await called({ cache: { mode: "shadow" } }, { quick: 30 });
  assert.equal(reportOf(stage).advice.length, 1);
  assert.deepEqual(reportOf(stage, { catalog: { tool: () => undefined } }).advice, []);
  const removed = reportOf(stage, { definition: () => undefined });
  assert.deepEqual([removed.advice, removed.servers[0]?.mode], [[], "off"]);
  const { definition } = stage;
  stage.definition = { ...definition, cache: { ...definition.cache, tools: [{ pattern: "quick", rule: "off" }] } };
  assert.deepEqual(reportOf(stage).advice, []);
});
