// Is the dashboard built from what stands here now? Builds web/ into web/dist through Vite; --if-changed compares a hash first.
// It must never stop a start: without Vite installed it says so and leaves things as they are.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

const root = resolve(import.meta.dirname, "..");
const web = join(root, "web");
const dist = join(web, "dist");
const hashFile = join(dist, ".hash");

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(dist + sep))
    .sort();
}

/** A hash over everything the bundle is made of: the dashboard, the contract's types and the locked packages. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const files = [...filesUnder(web), ...filesUnder(join(root, "src", "contract")), join(root, "package-lock.json")];
  for (const file of files) {
    hash.update(`${relative(root, file)}\0`);
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

const isBuilt = (hash: string): boolean =>
  existsSync(join(dist, "index.html")) && existsSync(hashFile) && readFileSync(hashFile, "utf8") === hash;

async function build(hash: string): Promise<void> {
  const startedAt = performance.now();
  const vite = await import("vite");
  await vite.build({
    configFile: join(web, "vite.config.ts"),
    configLoader: "native",
    logLevel: "warn",
  });
  writeFileSync(hashFile, hash);
  console.log(`dashboard built in ${Math.round(performance.now() - startedAt)} ms`);
}

const hasVite = (): boolean => existsSync(join(root, "node_modules", "vite", "package.json"));

const ifChanged = process.argv.includes("--if-changed");
const hash = sourceHash();
if (!(ifChanged && isBuilt(hash))) {
  if (hasVite()) {
    await build(hash);
  } else {
    console.error(
      "dashboard not built: Vite is not installed here. Run `npm ci` with development packages to build it.",
    );
    process.exitCode = ifChanged ? 0 : 1;
  }
}
