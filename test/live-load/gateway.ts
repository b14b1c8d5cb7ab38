// What is under load in tests of the live stream? The gateway's own listener and broadcaster in a process of their own, with a
// bus that is fed at a steady rate. Told what to do by its parent.
import type { GatewayEvent } from "#contract/event.ts";
import { serverView } from "#contract/sample-view.ts";
import { stage, TOKEN } from "#http/stage.fixture.ts";

/** Questions of the parent; each is answered with a message `{about: the order's do, ...}`. */
export type Order =
  | { readonly do: "publish"; readonly perSecond: number; readonly forMs: number }
  | { readonly do: "fill" }
  | { readonly do: "report" }
  | { readonly do: "watch the slow" };

export interface Report {
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly sockets: number;
}

export interface Published {
  readonly events: number;
  readonly cpuMs: number;
}

/** How long a client that fell behind was kept before it was cut. */
export interface SlowCut {
  readonly afterMs: number;
  readonly sockets: number;
}

const SERVERS = 10;
const FILLING = { chars: 64 * 1_024, bufferedBytes: 256 * 1_024 };
const TICK_MS = 10;

const on = await stage({ live: { maxSockets: 5_000 } });

const answer = (about: Order["do"] | "start", message: object): void => {
  process.send?.({ about, ...message });
};

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const event = (n: number, message = String(n)): GatewayEvent => ({
  type: "health.observed",
  at: Date.now(),
  name: `server-${n % SERVERS}`,
  eventType: "probe_failed",
  message,
  latencyMs: null,
  view: serverView(`server-${n % SERVERS}`),
});

function publish({ perSecond, forMs }: { perSecond: number; forMs: number }): void {
  const startedAt = performance.now();
  const cpuBefore = cpuMs();
  let events = 0;
  const timer = setInterval(() => {
    const passedMs = Math.min(forMs, performance.now() - startedAt);
    for (const due = Math.floor((passedMs * perSecond) / 1_000); events < due; events++) on.bus.publish(event(events));
    if (passedMs < forMs) return;
    clearInterval(timer);
    answer("publish", { events, cpuMs: cpuMs() - cpuBefore } satisfies Published);
  }, TICK_MS);
}

/** Publishes until what the network takes for the one client is used up. */
function fill(): void {
  let looks = 0;
  const timer = setInterval(() => {
    const [{ bufferedBytes } = { bufferedBytes: 0 }] = on.broadcaster.audience();
    looks = bufferedBytes > FILLING.bufferedBytes ? looks + 1 : 0;
    if (looks === 0) on.bus.publish(event(0, "x".repeat(FILLING.chars)));
    if (looks < 20) return;
    clearInterval(timer);
    answer("fill", {});
  }, TICK_MS);
}

function watchTheSlow(): void {
  let fellBehindAt: number | undefined;
  const timer = setInterval(() => {
    const audience = on.broadcaster.audience();
    const draining = audience.some(({ pace }) => pace === "draining");
    if (draining) fellBehindAt ??= performance.now();
    if (draining || fellBehindAt === undefined) return;
    clearInterval(timer);
    answer("watch the slow", { afterMs: performance.now() - fellBehindAt, sockets: audience.length } satisfies SlowCut);
  }, 20);
}

process.on("message", (order: Order) => {
  if (order.do === "publish") publish(order);
  else if (order.do === "fill") fill();
  else if (order.do === "watch the slow") watchTheSlow();
  else {
    globalThis.gc?.();
    const { sockets } = on.broadcaster.vitals();
    answer("report", { rssBytes: process.memoryUsage.rss(), cpuMs: cpuMs(), sockets } satisfies Report);
  }
});
process.on("disconnect", () => process.exit(0));
answer("start", { port: on.http.port, token: TOKEN });
