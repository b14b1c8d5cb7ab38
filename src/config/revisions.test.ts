import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf, nothingKept, withConfig } from "./bench.fixture.ts";
import { FILE, files, send, server } from "./changes.fixture.ts";

test("edits of the file keep the changes on top; one that no longer fits is left out with a warning", async () => {
  await withConfig(FILE, async (bench) => {
    await send(bench, { ...files({ timeoutMs: 7 }), omni2: { hideAfterMs: 5 } });
    await bench.write({ ...FILE, mcpServers: { files: { command: "y", timeoutMs: 1 } } });
    await bench.config.reload();
    assert.deepEqual([server(bench, "files")?.timeoutMs, server(bench, "files")?.hideAfterMs], [7, 5]);
    await bench.write({ mcpServers: { other: { command: "y" } } });
    await bench.config.reload();
    assert.deepEqual(bench.names(), ["other"]);
    assert.match(
      bench.lines.join("\n"),
      /mcpServers\.files: changed over REST, but no file defines it any more; left out/,
    );
    await bench.write(FILE);
    await bench.config.reload();
    assert.equal(server(bench, "files")?.timeoutMs, 7, "it counts again where it fits again");
    assert.deepEqual(
      bench.told.map(({ source }) => source),
      ["start", "rest", "file", "file", "file"],
    );
  });
});

test("changes and numbers outlive a restart; a start that finds another file makes a revision", async () => {
  const kept = nothingKept();
  await withConfig(
    FILE,
    async (bench) => void (await send(bench, files({ timeoutMs: 7, cache: { tools: { z: "off", "b*": "off" } } }))),
    kept,
  );
  await withConfig(
    FILE,
    async (bench) => {
      assert.deepEqual([server(bench, "files")?.timeoutMs, bench.config.current().revision, bench.told], [7, 2, []]);
      assert.deepEqual(
        server(bench, "files")?.cache.tools.map(({ pattern }) => pattern),
        ["a", "z", "b*"],
      );
    },
    kept,
  );
  await withConfig(
    { mcpServers: { files: { command: "x" } } },
    async (bench) => {
      const [start] = bench.told;
      assert.deepEqual([start?.n, start?.source, start?.by], [3, "start", "gateway"]);
      assert.ok(start?.changes.some(({ path }) => path === "mcpServers.docs"));
      assert.equal(server(bench, "files")?.timeoutMs, 7);
    },
    kept,
  );
});

test("going back restores the changes of a revision as a new one", async () => {
  await withConfig(FILE, async (bench) => {
    const { config } = bench;
    await send(bench, { ...files({ timeoutMs: 7 }), omni2: { hideAfterMs: 5 } });
    await send(bench, { mcpServers: { files: null, web: { url: "https://h/" } }, omni2: null });
    const asked = { by: "ann", dryRun: false, ifMatch: 3 };
    const { revision, changes } = await config.rollBack(2, asked);
    assert.deepEqual(
      [revision, changes.map(({ path }) => path).sort()],
      [4, ["mcpServers.files.timeoutMs", "mcpServers.web", "omni2.hideAfterMs"]],
    );
    assert.deepEqual(config.shown().changes, { mcpServers: { files: { timeoutMs: 7 } }, omni2: { hideAfterMs: 5 } });
    assert.deepEqual([bench.names(), bench.kept.definitions.size], [["files", "docs"], 0]);
    assert.equal(bench.told.at(-1)?.source, "rollback");
    assert.equal((await faultOf(config.rollBack(99, { ...asked, ifMatch: 4 }))).code, "INVALID_REQUEST");
  });
});

test("while the database is away nothing can be changed, files can, and their revision is stored when it is back", async () => {
  await withConfig(FILE, async (bench) => {
    bench.kept.isAway = true;
    assert.equal((await faultOf(send(bench, files({ timeoutMs: 7 })))).code, "STORE_UNAVAILABLE");
    assert.equal(server(bench, "files")?.timeoutMs, 5_000);
    await bench.write({ mcpServers: { files: { command: "y" } } });
    await bench.config.reload();
    assert.deepEqual([bench.names(), bench.config.current().revision, bench.kept.revisions.length], [["files"], 2, 1]);
    bench.kept.isAway = false;
    await bench.config.adoptStored();
    assert.deepEqual(
      bench.kept.revisions.map(({ n, source }) => [n, source]),
      [
        [1, "start"],
        [2, "file"],
      ],
    );
    assert.equal((await send(bench, files({ timeoutMs: 7 }))).revision, 3);
  });
});

test("before what is kept was read nothing is stored over it", async () => {
  const kept = { ...nothingKept(), isAway: true };
  await withConfig(
    FILE,
    async (bench) => {
      kept.isAway = false;
      for (const change of [
        send(bench, files({ timeoutMs: 7 })),
        bench.config.addApiServer({ name: "n", url: "https://h/" }, "ann"),
      ]) {
        assert.equal((await faultOf(change)).code, "STORE_UNAVAILABLE");
      }
      assert.deepEqual(kept.revisions, []);
    },
    kept,
  );
});
