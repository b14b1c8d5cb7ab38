// A program that opens the store of the folder it is given and writes numbered audit rows until it is killed.
// It prints a number only after that row was acknowledged.
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { openStore } from "#store/store.ts";

const dataDir = process.argv[2] ?? "";
const first = Number(process.argv[3]);
const store = await openStore({ url: null, dataDir, log: silentLog, world: systemWorld });
setInterval(() => {}, 1000);
if (store.state !== "ready") await new Promise<void>((resolve) => store.onState(() => resolve()));
for (let number = first; ; number++) {
  const row = { at: Date.now(), principal: "writer", action: "test.write", target: String(number), outcome: "ok" };
  await store.audit.append([{ ...row, detail: { padding: "x".repeat(number % 700) } }]);
  process.stdout.write(`${number}\n`);
}
