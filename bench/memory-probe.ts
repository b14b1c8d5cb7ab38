// How much memory does a running gateway hold after a forced collection? Loaded into it with `--import`; asked with SIGUSR2.
// Writes process.memoryUsage() as JSON to the file that BENCH_MEMORY_FILE names; changes nothing else in the process.
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const file = process.env.BENCH_MEMORY_FILE;

if (file !== undefined) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  process.on("SIGUSR2", () => {
    // Twice: what the first collection finalizes, the second one frees.
    collect();
    setTimeout(() => {
      collect();
      writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()));
      renameSync(`${file}.part`, file);
    }, 100);
  });
}
