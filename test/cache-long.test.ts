// Are long kept answers right to the last character while others push them out, the cache is emptied, and what stays is moved?
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askerOf, assertAddsUp, cacheOf, WAYS } from "./cache-kit.ts";
import { countedEntry, randomFrom, zipf } from "./cache-workload.ts";
import { startGateway } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";

const KEYS = 80;
const CALLS = 3_000;
const CALLERS = 16;
const MAX_BYTES = 1_500_000;
const LARGEST = 150_000;
/** Calls from one emptying to the next. */
const EMPTIED_EVERY = 310;

/** Half a kilobyte to 150 KB, and no two of one length. */
const sizeOf = (key: number): number => Math.round(400 * (LARGEST / 400) ** (((key * 37) % KEYS) / (KEYS - 1))) + key;
const textOf = (key: number): string => `${key}: é "quoted"\n`.repeat(Math.ceil(sizeOf(key) / 8)).slice(0, sizeOf(key));

test("answers of half a kilobyte to 150 KB are whole on every way in, while others push them out and all are dropped", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "omni2-long-"));
  const files = join(folder, "files");
  await mkdir(files);
  const texts = Array.from({ length: KEYS }, (_, key) => textOf(key));
  await Promise.all(texts.map((text, key) => writeFile(join(files, `${key}.txt`), text)));
  const entry = countedEntry(folder, "files", { script: "mcp-server-filesystem", args: [files] });
  const gateway = await startGateway({
    servers: { files: { ...entry, trusted: true, cache: { mode: "auto" } } },
    omni2: { cache: { maxBytes: MAX_BYTES } },
  });
  t.after(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await allUp(gateway, ["files"]);

  const { ask } = askerOf(gateway);
  const draw = zipf(KEYS, randomFrom(7));
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next++ < CALLS) {
      if (next % EMPTIED_EVERY === 0) assert.equal((await gateway.api("DELETE", "/api/cache")).status, 200);
      const key = draw();
      const path = join(files, `${key}.txt`);
      const way = WAYS[next % WAYS.length] as (typeof WAYS)[number];
      const { text } = await ask({ server: "files", tool: "read_text_file", arguments: { path }, way });
      assert.ok(text === texts[key], `the text of ${sizeOf(key)} characters is another one (${way})`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));

  const answer = await cacheOf(gateway);
  const { hits, coalesced, evictions, invalidations, bytes } = answer;
  t.diagnostic(JSON.stringify({ hits, coalesced, evictions, invalidations, bytes }));
  assert.ok(hits > CALLS / 4 && evictions > 100 && invalidations > 20, "all of it happened");
  assert.ok(bytes <= MAX_BYTES);
  assertAddsUp(answer);
});
