// How much does the cache spare a real server whose answers are asked for again and again, when there is not room for all of them?
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askerOf, assertAddsUp, cacheOf, countsOf } from "./cache-kit.ts";
import { countedEntry, counterOf, randomFrom, zipf } from "./cache-workload.ts";
import { startGateway } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { callsIn } from "./upstreams/counting.ts";

const KEYS = 500;
const CALLS = 20_000;
const CALLERS = 8;
const MAX_ENTRIES = 200;

test(`of ${CALLS} readings of ${KEYS} files, the n-th read 1/n times as often, 70 % never reach the server of files`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "omni2-zipf-"));
  const files = join(folder, "files");
  await mkdir(files);
  const texts = Array.from({ length: KEYS }, (_, key) => `file ${key} `.repeat(1 + (key % 50)));
  await Promise.all(texts.map((text, key) => writeFile(join(files, `${key}.txt`), text)));
  const entry = countedEntry(folder, "files", { script: "mcp-server-filesystem", args: [files] });
  const gateway = await startGateway({
    servers: { files: { ...entry, trusted: true, cache: { mode: "auto" } } },
    omni2: { cache: { maxEntries: MAX_ENTRIES } },
  });
  t.after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await allUp(gateway, ["files"]);

  const { ask } = askerOf(gateway);
  const draw = zipf(KEYS, randomFrom(20_000));
  const said = { hit: 0, coalesced: 0 };
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next++ < CALLS) {
      const key = draw();
      const path = join(files, `${key}.txt`);
      const { text, disposition } = await ask({ server: "files", tool: "read_text_file", arguments: { path } });
      assert.equal(text, texts[key]);
      if (disposition !== undefined) said[disposition as "hit"]++;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));

  const reached = callsIn(counterOf(folder, "files")).get("read_text_file") ?? 0;
  const counts = await countsOf(gateway, "files", "read_text_file");
  const { calls, hits, coalesced, upstream, hitRate, entries, evictions } = counts;
  t.diagnostic(`hit rate ${(hitRate * 100).toFixed(1)} %: ${hits} hits, ${coalesced} coalesced, ${reached} reached it`);
  assert.equal(calls, CALLS);
  assert.equal(hits + coalesced, CALLS - reached);
  assert.deepEqual([hits, coalesced], [said.hit, said.coalesced]);
  assert.equal(upstream, reached);
  assert.ok(hitRate >= 0.7, `hit rate ${hitRate}`);
  assert.equal(hitRate, (hits + coalesced) / CALLS);
  assert.equal(entries, MAX_ENTRIES);
  assert.equal(evictions, upstream - MAX_ENTRIES);
  assertAddsUp(await cacheOf(gateway));
});
