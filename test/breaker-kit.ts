// What do the tests of breakers share? How many failures open one, and how to know that something is written down for good.
import type { HealthLogEntry } from "../src/contract/api.ts";
import { type TestGateway, until } from "./kit.ts";

/** Failures in a row that open a breaker. */
export const FAILURES = 5;
/** A breaker that stays open for as long as a test lasts. */
export const LONG = { openMs: 600_000, maxOpenMs: 600_000 };

/** Newest first, as it is committed. */
export async function healthLogOf(gateway: TestGateway, server: string): Promise<HealthLogEntry[]> {
  const { body } = await gateway.api("GET", `/api/servers/${server}/health-log`);
  return (body as { items: HealthLogEntry[] }).items;
}

/** Resolves once this event, and what was written together with it, is committed. */
export const logged = (gateway: TestGateway, server: string, eventType: string): Promise<boolean> =>
  until(`${eventType} of ${server} is committed`, async () =>
    (await healthLogOf(gateway, server)).some((entry) => entry.eventType === eventType),
  );
