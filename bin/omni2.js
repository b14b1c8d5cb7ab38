#!/usr/bin/env node
// Which Node runs OMNI2? The running one when it is new enough, else the one that npm brought. Must itself run on Node 20.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "src", "main.ts");

function broughtNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  const { resolve } = createRequire(import.meta.url);
  for (const kind of ["node-bin-", "node-"]) {
    try {
      const platform = process.platform === "win32" ? "win" : process.platform;
      return join(dirname(resolve(`${kind}${platform}-${process.arch}/package.json`)), "bin", file);
    } catch {
      // Not the package of this platform; the next one may be.
    }
  }
  const linked = join(root, "node_modules", ".bin", file);
  return existsSync(linked) ? linked : undefined;
}

function respawn(node) {
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  // The child decides how to stop. A terminal sends Ctrl-C to both; handed on too, it would be the second one, which means "now".
  const fromTerminal = (signal) => signal === "SIGINT" && process.stdin.isTTY === true;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => fromTerminal(signal) || child.kill(signal));
  }
  child.on("error", (error) => {
    process.stderr.write(`omni2: ${node} cannot be started (${error.code}). Run \`npm ci\` again.\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + (constants.signals[signal] ?? 0)));
}

if (Number(process.versions.node.split(".", 1)[0]) >= NEEDED) {
  await import(pathToFileURL(main).href);
} else {
  const node = broughtNode();
  if (node === undefined) {
    process.stderr.write(
      `omni2: Node ${NEEDED} or newer is needed, and this is ${process.version}. Install it, or run \`npm ci\`.\n`,
    );
    process.exit(1);
  }
  respawn(node);
}
