// What does the cache save on workloads like real ones, at published servers? A counter in front of each server says what still
// reached it, and what the advisor foretold is compared with what then happened.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Asker, allUp, askerOf, assertAddsUp, cacheOf, countsOf } from "./cache-kit.ts";
import { randomFrom, zipf } from "./cache-workload-kit.ts";
import { bin } from "./clients/command-line.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { callsIn } from "./upstreams/counting.ts";
import { upstreamFile } from "./upstreams/start.ts";

const KEYS = 500;
const CALLS = 20_000;
const CALLERS = 8;
/** Fewer than there are keys, so that room has to be made. */
const MAX_ENTRIES = 200;

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "omni2-workload-"));
});
after(() => rm(folder, { recursive: true, force: true }));
