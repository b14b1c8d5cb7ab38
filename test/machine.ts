// What of this machine may the tests use? Chromium, PostgreSQL, Redis: where each one is, or why tests that need it are skipped.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

export const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

/** Why no browser can be tested with; null when one can. */
export const missingChromium = (): string | null =>
  existsSync(CHROMIUM) ? null : `no Chromium at ${CHROMIUM}: install the package chromium, or set CHROMIUM_PATH`;

/** Where PostgreSQL is: at an address, or as programs that may be run as a user. */
export type PostgresPlace = { readonly url: string } | { readonly programs: string; readonly user: RunAs };

export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** A place to have a PostgreSQL, or the reason why there is none. Starts nothing. */
export function findPostgres(): PostgresPlace | { readonly skip: string } {
  const url = process.env.DATABASE_URL;
  if (url !== undefined && url !== "") return { url };
  const programs = postgresPrograms();
  if (programs === undefined) return { skip: "no PostgreSQL: set DATABASE_URL, or install the package postgresql" };
  const user = runnableUser();
  return user === undefined
    ? { skip: "no PostgreSQL: it does not run as root, and there is no user postgres" }
    : { programs, user };
}

function postgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(root, version, "bin")), ...path()];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** PostgreSQL refuses to run as root, so root lends it to the user `postgres`. */
function runnableUser(): RunAs | undefined {
  if (userInfo().uid !== 0) return {};
  try {
    const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { stdio: "pipe" }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

/** Why no Redis can be tested with; null when one can. */
export function missingRedis(): string | null {
  const found = path().some((folder) => existsSync(join(folder, "redis-server")));
  return found ? null : "no Redis: install the package redis-server";
}

const path = (): string[] => (process.env.PATH ?? "").split(":").filter(Boolean);
