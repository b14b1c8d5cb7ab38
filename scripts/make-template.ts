// Builds src/store/embedded/template.tar.zst: an initialised, cleanly shut down data directory that holds the role
// `omni` and the database `omni`, so that a first start unpacks files instead of running initdb. Run it after every
// change of the PGlite version: node scripts/make-template.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";

const TARGET = join(import.meta.dirname, "../src/store/embedded/template.tar.zst");
// Small segments keep both the template and the smallest data directory small; it cannot be changed afterwards.
const INITDB = ["--wal-segsize=1", "--encoding=UTF8"];

async function initialise(dataDir: string): Promise<void> {
  const first = await PGlite.create({ dataDir, initDbStartParams: INITDB });
  // In single-user mode the session user is always the bootstrap role, and it can be renamed only from another one.
  await first.exec("create role renamer superuser");
  await first.exec("set session authorization renamer");
  await first.exec("alter role postgres rename to omni");
  await first.close();
  const second = await PGlite.create({ dataDir, username: "omni" });
  await second.exec("drop role renamer");
  await second.exec("create database omni");
  await second.exec("vacuum freeze");
  await second.exec("checkpoint");
  await second.close();
}

/** A tar archive that is the same for the same files: names sorted, times and owners fixed. */
function archive(folder: string): Buffer {
  const fixed = ["--sort=name", "--mtime=2026-01-01T00:00:00Z", "--owner=0", "--group=0", "--numeric-owner"];
  return execFileSync("tar", ["-c", "--format=ustar", ...fixed, "-C", folder, "."], { maxBuffer: 512 * 1024 * 1024 });
}

const folder = mkdtempSync(join(tmpdir(), "omni2-template-"));
try {
  await initialise(folder);
  const packed = zstdCompressSync(archive(folder), {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: 26,
    },
  });
  writeFileSync(TARGET, packed);
  console.log(`${TARGET}: ${statSync(TARGET).size} bytes`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
