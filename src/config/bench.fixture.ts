// What do the tests of a changing configuration run against? The real thing over a file in a folder of its own, and a store in memory.
import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigRevision } from "#contract/change.ts";
import { Fault, isFault } from "#contract/fault.ts";
import type { Log } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { type Config, type ConfigDeps, openConfig } from "./config.ts";
import type { RevisionRow } from "./history.ts";

/** What the database holds; `isAway` while nobody can reach it. */
export interface Kept {
  readonly definitions: Map<string, unknown>;
  readonly revisions: RevisionRow[];
  isAway: boolean;
}

export const nothingKept = (): Kept => ({ definitions: new Map(), revisions: [], isAway: false });

export interface Bench {
  readonly config: Config;
  readonly file: string;
  readonly lines: string[];
  readonly kept: Kept;
  /** Every revision that was told. */
  readonly told: ConfigRevision[];
  write(document: unknown): Promise<void>;
  names(): string[];
}

export function memoryStore(kept: Kept): ConfigDeps["store"] {
  const reachable = (): void => {
    if (kept.isAway) throw new Fault("STORE_UNAVAILABLE", "The database is not ready.");
  };
  return {
    definitions: {
      async listApiDefinitions() {
        reachable();
        return [...kept.definitions].map(([name, definition]) => ({ name, definition }));
      },
    },
    revisions: {
      async last() {
        reachable();
        return copy(kept.revisions.at(-1));
      },
      async append(row, definitions) {
        reachable();
        for (const { name, definition } of definitions) {
          if (definition === null) kept.definitions.delete(name);
          else kept.definitions.set(name, copy(definition));
        }
        const n = Math.max(row.n, (kept.revisions.at(-1)?.n ?? 0) + 1);
        kept.revisions.push(copy({ ...row, n }));
        return n;
      },
      async recent(limit) {
        reachable();
        return kept.revisions.slice(-limit).reverse();
      },
      async overlay(n) {
        reachable();
        return copy(kept.revisions.find((row) => row.n === n)?.overlay);
      },
    },
  };
}

/** As it comes out of a database. */
const copy = <T>(value: T): T => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

function lineLog(lines: string[]): Log {
  const put = (_fields: object, message: string): void => void lines.push(message);
  const log: Log = { debug: put, info: put, warn: put, error: put, service: () => log };
  return log;
}

/** Opens the configuration, takes up what is kept, and sees to it that no secret of the environment was logged. */
export async function withConfig(
  document: unknown,
  use: (bench: Bench) => Promise<void>,
  kept: Kept = nothingKept(),
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-config-"));
  const file = join(folder, "omni2.json");
  const write = async (next: unknown): Promise<void> => {
    await writeFile(`${file}.new`, typeof next === "string" ? next : JSON.stringify(next));
    await rename(`${file}.new`, file);
  };
  await write(document);
  const lines: string[] = [];
  const told: ConfigRevision[] = [];
  let config: Config | undefined;
  try {
    config = await openConfig({
      files: [file],
      env: { TOKEN: "t0p-secret" },
      store: memoryStore(kept),
      log: lineLog(lines),
      world: systemWorld,
    });
    const { current } = config;
    const names = (): string[] => current().definitions.map(({ name }) => name);
    config.onRevision((revision) => void told.push(revision));
    if (!kept.isAway) await config.adoptStored();
    await use({ config, file, lines, kept, told, write, names });
    assert.doesNotMatch(lines.join("\n"), /t0p-secret/);
  } finally {
    await config?.close();
    await rm(folder, { recursive: true });
  }
}

export const faultOf = (promise: Promise<unknown>): Promise<Fault> =>
  promise.then(
    () => assert.fail("was accepted"),
    (error: unknown) => (isFault(error) ? error : assert.fail(String(error))),
  );
