// Which token opens the people's side? A given one, or one made at the first run and kept in the data directory.
// Never logs a token and never puts one into a fault.
import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "#contract/fault.ts";

/** File name inside the data directory; clients on this machine read it too. */
export const ADMIN_TOKEN_FILE = "admin-token";
export const MIN_TOKEN_LENGTH = 16;
const MAX_TOKEN_LENGTH = 512;
const MIN_DIFFERENT_CHARACTERS = 8;
const SAMPLE_WORDS =
  /^(?:change|me|pass|word|secret|token|admin|example|sample|test|your|my|here|omni|default|[\d\W_])+$/i;

/** Why a token is too weak to guard anything, or null when it is strong enough. */
export function tokenWeakness(token: string): string | null {
  if (!/^[\x21-\x7e]+$/.test(token)) return "it must be printable ASCII without spaces";
  if (token.length < MIN_TOKEN_LENGTH)
    return `it has ${token.length} characters and needs at least ${MIN_TOKEN_LENGTH}`;
  if (token.length > MAX_TOKEN_LENGTH) return `it is longer than ${MAX_TOKEN_LENGTH} characters`;
  if (new Set(token).size < MIN_DIFFERENT_CHARACTERS)
    return `it uses fewer than ${MIN_DIFFERENT_CHARACTERS} characters`;
  return SAMPLE_WORDS.test(token) ? "it reads like a sample value" : null;
}

function refuseWeak(token: string, source: string): string {
  const weakness = tokenWeakness(token);
  if (weakness === null) return token;
  const advice = "Use a random one (`openssl rand -base64 32`) or leave it out and one is made.";
  throw new Fault("USAGE", `The admin token from ${source} is refused: ${weakness}. ${advice}`);
}

async function readToken(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    // A copied or restored data directory may have lost the mode.
    await chmod(file, 0o600);
    return refuseWeak(text, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

// Two gateways that start at once must agree: `link` fails when the name is taken, and a half-written file is never seen.
async function createToken(file: string): Promise<string | null> {
  const token = randomBytes(32).toString("base64url");
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${token}\n`);
    await handle.sync();
    await link(draft, file);
    return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw error;
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
}

/**
 * The admin token: the given one, else the stored one, else a new one of 256 random bits (`generated`).
 * Throws Fault USAGE for a weak token and for a data directory that cannot be used.
 */
export async function loadAdminToken(options: {
  readonly given: string | null;
  readonly dataDir: string;
}): Promise<{ token: string; generated: boolean }> {
  if (options.given !== null) return { token: refuseWeak(options.given, "--admin-token"), generated: false };
  const file = join(options.dataDir, ADMIN_TOKEN_FILE);
  try {
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
    const stored = await readToken(file);
    if (stored !== null) return { token: stored, generated: false };
    const made = await createToken(file);
    return made === null
      ? { token: (await readToken(file)) ?? "", generated: false }
      : { token: made, generated: true };
  } catch (error) {
    if (error instanceof Fault) throw error;
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const advice = "Make it writable or choose another with --data-dir.";
    throw new Fault("USAGE", `The admin token cannot be kept in ${options.dataDir} (${why}). ${advice}`, {
      cause: error,
    });
  }
}

/** Removes a token that was made for a start that then failed: nobody has seen its link, so the next start makes another. */
export const forgetAdminToken = (dataDir: string): Promise<void> =>
  rm(join(dataDir, ADMIN_TOKEN_FILE), { force: true });
