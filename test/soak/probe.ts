// What does a running gateway hold once all garbage is gone? Loaded into it with `--expose-gc --import probe.ts?file=F`, asked
// with SIGUSR2; appends one JSON line to F. With `&leak` it keeps 64 bytes of every HTTP request: the gate must see that.
import { appendFileSync, readdirSync } from "node:fs";
import { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { queryObjects } from "node:v8";

const COLLECTIONS = 6;
const PAUSE_MS = 200;
const Timeout = setTimeout(() => {}).constructor as new () => NodeJS.Timeout;

const { searchParams } = new URL(import.meta.url);
const file = searchParams.get("file");
const { gc } = globalThis;

/** An object of three words of V8's own and five fields: 64 bytes. */
interface Kept {
  readonly before: Kept | undefined;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}
let kept: Kept | undefined;

function leak(): void {
  const { emit } = Server.prototype;
  Server.prototype.emit = function (this: Server, name: string, ...rest: unknown[]): boolean {
    if (name === "request") kept = { before: kept, a: 1, b: 2, c: 3, d: 4 };
    return Reflect.apply(emit, this, [name, ...rest]) as boolean;
  } as typeof emit;
}

async function report(to: string, collect: () => void): Promise<void> {
  // Several times with pauses: what one collection finalizes, a later one frees.
  for (let i = 0; i < COLLECTIONS; i++) {
    collect();
    await sleep(PAUSE_MS);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  // Not getActiveResourcesInfo(): it leaves out the timers that let the process end, as nearly all of ours do.
  const timers = queryObjects(Timeout, { format: "count" });
  const fds = readdirSync("/proc/self/fd").length;
  appendFileSync(to, `${JSON.stringify({ heapUsed, external, rss, timers, fds })}\n`);
}

if (file !== null && gc !== undefined) {
  if (searchParams.has("leak")) leak();
  process.on("SIGUSR2", () => void report(file, () => void gc()));
}
