// Which seeds have ever broken a rule? They are kept as files and run first, so that what was mended stays so.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Outcome } from "./outcome.ts";

const FOLDER = resolve(import.meta.dirname, "../seeds");

export interface StoredSeed {
  readonly seed: number;
  /** The rule it broke. */
  readonly rule: string;
  /** What was wrong, in a line. */
  readonly why: string;
}

export const storedSeeds = (): StoredSeed[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as StoredSeed);

/** Keeps a seed that broke a rule; what is known about it already stays. Answers the file. */
export function storeSeed({ seed, violation }: Outcome): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${seed}.json`);
  const stored: StoredSeed = { seed, rule: violation?.rule ?? "", why: violation?.words.split("\n", 1)[0] ?? "" };
  try {
    writeFileSync(path, `${JSON.stringify(stored, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return path;
}
