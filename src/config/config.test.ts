// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { faultOf, withConfig } from "./bench.fixture.ts";

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 500 && !holds(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(holds(), what);
};
const one = { mcpServers: { a: { command: "x" } } };
const two = { mcpServers: { a: { command: "x" }, b: { command: "y" } } };

test("an edited file is taken up by itself, also when an editor replaces it", async () => {
  await withConfig(one, async ({ config, write, names }) => {
    const seen: number[] = [];
    config.onChange(({ revision }) => void seen.push(revision));
    await write(two);
    await until("b is there", () => names().join() === "a,b");
    await until("the listener was told", () => seen.length === 1);
    assert.deepEqual(seen, [2]);
  });
});

test("a broken file keeps the old configuration and logs one clear line", async () => {
  await withConfig(one, async ({ config, write, names, lines, file }) => {
    await write('{"mcpServers": {\n  "a" 1}}');
    await until("the problem is told", () => lines.length > 0);
    assert.equal(lines.length, 1);
    assert.equal(lines[0], `the old configuration stays: ${file}:2:7: 1 problem: line 2: ':' expected`);
    const { changed, fault } = await config.reload();
    assert.equal(changed, false);
    assert.ok(isFault(fault, "CONFIG_INVALID"));
    assert.deepEqual(names(), ["a"]);
    assert.equal(config.current().revision, 1);
  });
});

test("a reload that changes nothing keeps the revision and tells nobody", async () => {
  await withConfig(one, async ({ config, write }) => {
    config.onChange(() => assert.fail("told"));
    await write('// only a comment\n{"mcpServers": {"a": {"command": "x"}}}');
    assert.deepEqual(await config.reload(), { changed: false });
    assert.equal(config.current().revision, 1);
  });
});

test("a listener that fails is logged and does not keep the others from hearing", async () => {
  await withConfig(one, async ({ config, write, lines }) => {
    let told = 0;
    config.onChange(() => Promise.reject(new Error("no")));
    const stop = config.onChange(() => void told++);
    await write(two);
    await config.reload();
    assert.equal(told, 1);
    assert.match(lines.join("\n"), /could not take up the new configuration/);
    stop();
    await write(one);
    await config.reload();
    assert.equal(told, 1);
  });
});

test("a server added over REST is stored, applied, and can be removed again", async () => {
  await withConfig(one, async ({ config, kept, names }) => {
    const added = await config.addApiServer({ name: "docs", url: "https://example.com/mcp" }, "ann");
    assert.equal(added.origin, "api");
    assert.deepEqual(names(), ["a", "docs"]);
    assert.deepEqual(kept.definitions.get("docs"), { url: "https://example.com/mcp" });
    await config.removeApiServer("docs", "ann");
    assert.deepEqual([names(), kept.definitions.size, config.current().revision], [["a"], 0, 3]);
  });
});

test("a server that is refused changes and stores nothing; a taken name is told with its place", async () => {
  await withConfig(one, async ({ config, kept }) => {
    const refused = await faultOf(config.addApiServer({ name: "n", command: "sh" }, "ann"));
    const taken = await faultOf(config.addApiServer({ name: "a", url: "https://h/" }, "ann"));
    assert.deepEqual([refused.code, taken.code], ["FORBIDDEN", "CONFIG_CONFLICT"]);
    assert.match(taken.message, /taken by the server defined in .*omni2\.json:1/);
    assert.deepEqual([kept.definitions.size, config.current().revision], [0, 1]);
  });
});

test("commands and variables are taken over REST where the file allows it", async () => {
  const allowing = { ...one, omni2: { access: { allowCommands: true } } };
  await withConfig(allowing, async ({ config, kept, write, names, lines }) => {
    const added = await config.addApiServer({ name: "c", command: "run", env: { K: "${TOKEN}" } }, "ann");
    assert.deepEqual(added.transport.kind === "stdio" && added.transport.env, { K: "t0p-secret" });
    assert.deepEqual(kept.definitions.get("c"), { command: "run", env: { K: "${TOKEN}" } });
    await write(one);
    await config.reload();
    assert.deepEqual(names(), ["a"], "no longer allowed, no longer started");
    assert.match(lines.join("\n"), /c: kept but not started: .*variables of this machine/);
  });
});

test("a server of the file cannot be removed over REST, nor one that is not there", async () => {
  await withConfig(one, async ({ config }) => {
    const fault = await faultOf(config.removeApiServer("a", "ann"));
    assert.equal(fault.code, "FORBIDDEN");
    assert.match(fault.message, /is defined in .*omni2\.json:1; edit it there/);
    assert.equal((await faultOf(config.removeApiServer("zz", "ann"))).code, "SERVER_NOT_FOUND");
  });
});

test("when storing fails nothing is applied", async () => {
  await withConfig(one, async ({ config, kept, names }) => {
    kept.isAway = true;
    const fault = await faultOf(config.addApiServer({ name: "n", url: "https://h/" }, "ann"));
    assert.equal(fault.code, "STORE_UNAVAILABLE");
    assert.deepEqual(names(), ["a"]);
  });
});

test("stored definitions are taken up; a bad one is left out with a warning, and a file's name wins", async () => {
  await withConfig(one, async ({ config, kept, names, lines, write }) => {
    kept.definitions.set("docs", { url: "https://example.com/mcp" });
    kept.definitions.set("bad", { url: 5 });
    kept.definitions.set("a", { url: "https://example.com/" });
    await config.adoptStored();
    assert.deepEqual(names(), ["a", "docs"]);
    assert.match(lines.join("\n"), /bad: kept but not started: .*url: expected string/);
    assert.match(lines.join("\n"), /a: added over REST and also defined in .*omni2\.json:1, which wins/);
    await write({ mcpServers: { z: { command: "x" } } });
    await config.reload();
    assert.deepEqual(names(), ["z", "docs", "a"], "the name is free again");
  });
});

test("changes happen one at a time: of two additions of one name exactly one is taken", async () => {
  await withConfig(one, async ({ config, names }) => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => config.addApiServer({ name: "n", url: "https://h/" }, "ann")),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.deepEqual(names(), ["a", "n"]);
  });
});

test("a configuration that is not valid at start is a fault", async () => {
  await assert.rejects(
    withConfig({ mcpServers: { a: {} } }, async () => {}),
    (error) => isFault(error, "CONFIG_INVALID"),
  );
});
