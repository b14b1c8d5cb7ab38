// Where does the embedded database listen? In a folder that only this user can enter, with a path short enough for a
// socket (about 100 bytes), the same at every start, so that a crash leaves nothing that piles up.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes the folder for the database named by `key` and returns its path. */
export function makeSocketFolder(key: string): string {
  const usual = join(tmpdir(), `omni2-${key}`);
  mkdirSync(usual, { recursive: true, mode: 0o700 });
  const found = lstatSync(usual);
  // Anyone may have put something of that name into a shared temporary folder before us.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return mkdtempSync(join(tmpdir(), "omni2-"));
  chmodSync(usual, 0o700);
  return usual;
}
