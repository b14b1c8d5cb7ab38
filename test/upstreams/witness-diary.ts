// What did a witness see, and how is it told what to do? Its diary: one line when it takes a request up and one when it is done
// with it, in the order in which that happened. The diary outlives the process that wrote it.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One line: `+` taken up, `-` done with, whichever way. */
export interface Seen {
  readonly sign: "+" | "-";
  readonly method: string;
  readonly key: string;
}

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** Writes one line, before anything else happens. */
export const note = (folder: string, name: string, { sign, method, key }: Seen): void =>
  appendFileSync(join(folder, `${name}.diary`), `${sign} ${method} ${key}\n`);

/** What the witness shall do with requests: `calls WAY` or `all WAY`; "" is well. */
export const orderFor = (folder: string, name: string): string => read(join(folder, `${name}.order`)).trim();

export interface Diary {
  readonly folder: string;
  /** `calls WAY` (tool calls only) or `all WAY`; `""` makes it well. WAY is explained in witness.ts. */
  order(name: string, order: string): void;
  seen(name: string): Seen[];
  /** Tool calls taken up. */
  calls(name: string): number;
  /** Requests of every kind taken up. */
  requests(name: string): number;
  remove(): void;
}

export function openDiary(): Diary {
  const folder = mkdtempSync(join(tmpdir(), "omni2-witness-"));
  const seen = (name: string): Seen[] =>
    read(join(folder, `${name}.diary`))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [sign = "", method = "", key = ""] = line.split(" ");
        return { sign: sign as Seen["sign"], method, key };
      });
  const begun = (name: string) => seen(name).filter(({ sign }) => sign === "+");
  return {
    folder,
    order: (name, order) => writeFileSync(join(folder, `${name}.order`), order),
    seen,
    calls: (name) => begun(name).filter(({ method }) => method === "tools/call").length,
    requests: (name) => begun(name).length,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The most requests that were in hand at one time. */
export function mostAtOnce(seen: readonly Seen[]): number {
  let now = 0;
  let most = 0;
  for (const { sign } of seen) {
    now += sign === "+" ? 1 : -1;
    most = Math.max(most, now);
  }
  return most;
}
