// Why would the same gateway answer up to a sixth slower after one start than after another, for as long as it lives? Because V8
// forgets the shape of objects of which none is left when it collects garbage. Node makes one for every `process.nextTick`, several
// for each request; when that shape is forgotten early and met anew, the code that makes it stays on its slow path for ever
// (0.42 instead of 0.17 microseconds for each tick, Node 24). One that is kept keeps the shape.
import { executionAsyncResource } from "node:async_hooks";

let kept: object | undefined;

/** Keeps what Node has queued for one tick, from that tick on. To be called before much is loaded. */
export function keepTickShape(): void {
  process.nextTick(() => {
    kept = executionAsyncResource();
  });
}

/** What is kept. */
export const keptTick = (): object | undefined => kept;
