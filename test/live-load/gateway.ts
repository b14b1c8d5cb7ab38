// What is under load in tests of the live stream? The gateway's own listener and broadcaster in a process of their own, with a
// bus that is fed at a steady rate. Told what to do by its parent.
import type { GatewayEvent } from "#contract/event.ts";
import { serverView } from "#contract/view.fixture.ts";
import { stage, TOKEN } from "#http/stage.fixture.ts";

/** Questions of the parent; each is answered with a message of its own. */
export type Order =
  | { readonly do: "publish"; readonly perSecond: number; readonly forMs: number }
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
const TICK_MS = 10;

const on = await stage({ live: { maxSockets: 5_000 } });

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const event = (n: number): GatewayEvent => ({
  type: "health.observed",
  at: Date.now(),
  name: `server-${n % SERVERS}`,
  eventType: "probe_failed",
  message: String(n),
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
    process.send?.({ events, cpuMs: cpuMs() - cpuBefore } satisfies Published);
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
    process.send?.({ afterMs: performance.now() - fellBehindAt, sockets: audience.length } satisfies SlowCut);
  }, 20);
}

process.on("message", (order: Order) => {
  if (order.do === "publish") publish(order);
  else if (order.do === "watch the slow") watchTheSlow();
  else {
    globalThis.gc?.();
    const { sockets } = on.broadcaster.vitals();
    process.send?.({ rssBytes: process.memoryUsage.rss(), cpuMs: cpuMs(), sockets } satisfies Report);
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: on.http.port, token: TOKEN });
