import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigPatch } from "#contract/change.ts";
import { faultOf, withConfig } from "./bench.fixture.ts";
import { FILE, files, send, server } from "./changes.fixture.ts";

test("a server of a file is tuned: what is set lies over what the file says, also under another client's word", async () => {
  await withConfig(FILE, async (bench) => {
    const applied = await send(
      bench,
      files({ timeoutMs: 9_000, tools: { deny: ["mv"] }, cache: { tools: { b: { ttlMs: 5 } } } }),
    );
    const { timeoutMs, tools, cache, origin } = server(bench, "files") ?? assert.fail();
    assert.deepEqual([timeoutMs, tools.deny, origin], [9_000, ["mv"], "file"]);
    assert.deepEqual(
      cache.tools.map(({ pattern }) => pattern),
      ["a", "b"],
    );
    assert.deepEqual(applied, {
      revision: 2,
      changes: [
        { path: "mcpServers.files.timeoutMs", before: 5_000, after: 9_000, needsRestart: false },
        { path: "mcpServers.files.tools.deny", before: ["rm"], after: ["mv"], needsRestart: false },
        { path: "mcpServers.files.cache.tools.b", after: { ttlMs: 5 }, needsRestart: false },
      ],
      warnings: [],
    });
    await send(bench, files({ timeoutMs: null, tools: null }));
    assert.deepEqual(bench.config.shown().changes, {
      mcpServers: { files: { cache: { tools: { b: { ttlMs: 5 } } } } },
      omni2: {},
    });
    assert.deepEqual([server(bench, "files")?.timeoutMs, server(bench, "files")?.tools.deny], [5_000, ["rm"]]);
  });
});

test("what a file says already may be sent with a change: a whole document, shown and sent back, changes nothing", async () => {
  await withConfig({ ...FILE, omni2: { ...FILE.omni2, access: { mcp: "token" } } }, async (bench) => {
    const { document } = bench.config.shown();
    assert.doesNotMatch(JSON.stringify(document), /abc|t0p-secret/);
    const { changes } = await send(bench, document as ConfigPatch);
    assert.deepEqual(changes, []);
    assert.equal(server(bench, "docs")?.transport.kind === "http" && server(bench, "docs")?.name, "docs");
    const kept = JSON.stringify(bench.config.shown().changes);
    assert.doesNotMatch(kept, /command|url|access/);
  });
});

test("a server that is added runs by the settings that were changed, not by the file's", async () => {
  await withConfig(FILE, async (bench) => {
    await send(bench, { omni2: { health: { intervalMs: 4_321 } } });
    const added = await bench.config.addApiServer({ name: "web", url: "https://h/" }, "ann");
    assert.equal(added.health.intervalMs, 4_321);
    assert.equal(bench.config.restRules().defaults.health?.intervalMs, 4_321);
  });
});

test("a server that stands in no file is added, altered and taken away by changes, as by its own routes", async () => {
  await withConfig(FILE, async (bench) => {
    await send(bench, { mcpServers: { web: { url: "https://h/?key=abc", headers: { A: "Bearer xyz" } } } });
    const { changes } = bench.config.shown();
    assert.deepEqual(changes.mcpServers, { web: { url: "https://h/?key=[redacted]", headers: { A: "[redacted]" } } });
    await send(bench, { mcpServers: { web: { headers: { A: "[redacted]" }, trusted: true } } });
    const definition = { url: "https://h/?key=abc", headers: { A: "Bearer xyz" }, trusted: true };
    assert.deepEqual(bench.kept.definitions.get("web"), definition);
    assert.equal(server(bench, "web")?.origin, "api");
    await bench.config.removeApiServer("web", "ann");
    assert.deepEqual([bench.kept.definitions.size, bench.names()], [0, ["files", "docs"]]);
    assert.doesNotMatch(JSON.stringify([bench.told, await bench.config.revisions(100)].map(stripKept)), /xyz|abc/);
  });
});
const stripKept = (rows: readonly object[]): object[] => rows.map((row) => ({ ...row, overlay: null }));

test("a change needs the present revision; of many with one revision exactly one is made", async () => {
  await withConfig(FILE, async (bench) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => send(bench, files({ timeoutMs: at + 1 }), { ifMatch: 1 })),
    );
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    const fault = await faultOf(send(bench, files({ timeoutMs: 77 }), { ifMatch: 1 }));
    assert.equal(fault.code, "CONFIG_CONFLICT");
    assert.match(fault.message, /at revision 2, not 1/);
    assert.equal(bench.config.current().revision, 2);
  });
});

test("a dry run tells what would happen and does nothing; a change that changes nothing makes no revision", async () => {
  await withConfig(FILE, async (bench) => {
    const dry = await send(bench, files({ timeoutMs: 7 }), { dryRun: true });
    assert.deepEqual([dry.revision, dry.changes.length], [1, 1]);
    assert.deepEqual([server(bench, "files")?.timeoutMs, bench.kept.revisions.length], [5_000, 1]);
    await send(bench, files({ timeoutMs: 7 }));
    const again = await send(bench, files({ timeoutMs: 7 }));
    assert.deepEqual([again.revision, again.changes, bench.kept.revisions.length], [2, [], 2]);
  });
});

test("what counts only from the next start on, which only a file can say, is told so", async () => {
  await withConfig(FILE, async (bench) => {
    await bench.write({ ...FILE, omni2: { cache: { ttlMs: 5, maxEntries: 7 }, access: { mcp: "token" } } });
    await bench.config.reload();
    assert.deepEqual(
      bench.told.at(-1)?.changes.map(({ path, needsRestart }) => [path, needsRestart]),
      [
        ["omni2.cache.ttlMs", false],
        ["omni2.cache.maxEntries", false],
        ["omni2.access", true],
      ],
    );
  });
});
