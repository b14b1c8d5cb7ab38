// How is OMNI2 worked on? A gateway that restarts when its source changes, and the dashboard from source with hot reload.
// Arguments go to the gateway: `npm run dev -- --config my.json`. Vite proxies what the dashboard asks for.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const given = process.argv.slice(2);
const at = given.indexOf("--port");
const port = at === -1 ? (process.env.OMNI2_PORT ?? "8000") : given[at + 1];
process.env.OMNI2_URL = `http://127.0.0.1:${port}`;

const gateway = spawn(process.execPath, ["--watch", "--watch-preserve-output", "src/main.ts", ...given], {
  cwd: root,
  stdio: "inherit",
});
const { createServer } = await import("vite");
const vite = await createServer({ configFile: join(root, "web/vite.config.ts"), configLoader: "native" });
await vite.listen();
console.log(`Dashboard from source: ${vite.resolvedUrls?.local[0]} (a login link works here too: keep its #token=...)`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => gateway.kill(signal));
gateway.on("exit", (code) => {
  void vite.close().finally(() => process.exit(code ?? 0));
});
