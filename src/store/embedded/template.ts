// Where does a new data directory come from? From a ready-made one, unpacked beside its place and moved there in one step,
// so that a crash at any moment leaves either no database or a whole one. Never touches a directory that exists.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";

const TEMPLATE = join(import.meta.dirname, "template.tar.zst");
const BLOCK = 512;

/** Makes `<dataDir>/pg` from the template unless it exists, and returns its path. The caller holds the lock. */
export function ensureDatabaseFolder(dataDir: string): string {
  const folder = join(dataDir, "pg");
  if (existsSync(folder)) {
    if (!existsSync(join(folder, "PG_VERSION"))) {
      throw new Error(`${folder} exists but holds no database; move it away to start with an empty one`);
    }
    return folder;
  }
  const fresh = join(dataDir, "pg.new");
  rmSync(fresh, { recursive: true, force: true });
  unpack(zstdDecompressSync(readFileSync(TEMPLATE)), fresh);
  renameSync(fresh, folder);
  return folder;
}

/** Writes the folders and plain files of a ustar archive below `into`; other kinds of entries do not occur in ours. */
export function unpack(archive: Buffer, into: string): void {
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const path = join(into, text(archive, at + 345, 155), text(archive, at, 100));
    const bytes = Number.parseInt(text(archive, at + 124, 12), 8);
    const isFolder = text(archive, at + 156, 1) === "5";
    at += BLOCK;
    if (isFolder) mkdirSync(path, { recursive: true, mode: 0o700 });
    else writeFileSync(path, archive.subarray(at, at + bytes), { mode: 0o600 });
    at += Math.ceil(bytes / BLOCK) * BLOCK;
  }
}

function text(archive: Buffer, from: number, length: number): string {
  const field = archive.toString("latin1", from, from + length);
  const end = field.indexOf("\0");
  return end === -1 ? field : field.slice(0, end);
}
