// Is the database usable now? Connects, migrates, notices loss and comes back by itself, for ever.
// Hands nothing out before it is ready, and lets no caller wait for it: who comes too early is told so.
//
//   waiting --connected, migrated--> ready --no answer--> lost --connected, migrated--> ready
import type { PoolConfig } from "pg";
import type { Log } from "#lib/log.ts";
import { sleep, type World } from "#lib/world.ts";
import { type Attachment, attach, unavailable } from "./attachment.ts";
import { type Condition, createCondition } from "./condition.ts";
import { openConnections } from "./connections.ts";
import { classify } from "./failure.ts";
import { migrate } from "./migrate.ts";
import type { Run } from "./schema.ts";
import type { Source } from "./source.ts";

export interface Lifeline {
  readonly condition: Condition;
  readonly run: Run;
  /** Ends every connection; what runs rejects. */
  close(): Promise<void>;
}

// Old tables are checked and indexed where they lie, and may be large; calls to servers do not wait for it.
const MIGRATION_MS = 600_000;
// An attachment that lasted this long was a real one: the next outage begins with short waits again.
const STABLE_MS = 10_000;

export function openLifeline(source: Source, { log, world }: { log: Log; world: World }): Lifeline {
  const condition = createCondition(source.name, log);
  const closing = new AbortController();
  let current: Attachment | null = null;

  const serve = async (): Promise<unknown> => {
    const address = await source.locate();
    await migrateAt(address, closing.signal);
    const attachment = await attach(address, { max: source.maxConnections, signal: closing.signal }, world);
    current = attachment;
    condition.rise();
    const error = await attachment.ended;
    current = null;
    attachment.detach();
    return error;
  };

  const keep = async (): Promise<void> => {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      const startedAt = world.now();
      const error = await serve().catch((thrown: unknown) => thrown);
      if (closing.signal.aborted) return;
      if (["hang", "connection"].includes(classify(error))) source.abandon();
      condition.fall(error);
      if (world.now() - startedAt > STABLE_MS) attempt = 0;
      await sleep(world, backoffMs(attempt, world.random()), closing.signal).catch(() => {});
    }
  };

  const kept = keep();
  return {
    condition,
    async run(work) {
      if (current === null) throw unavailable(condition.reason ?? "the store is closed");
      return await current.run(work);
    },
    async close() {
      closing.abort();
      current?.detach();
      current = null;
      await source.close();
      await kept;
    },
  };
}

/** On a connection of its own: a step may take longer than any statement of daily work is allowed to. */
async function migrateAt(address: PoolConfig, signal: AbortSignal): Promise<void> {
  const patient = address.statement_timeout === undefined ? {} : { statement_timeout: MIGRATION_MS };
  const limits = { max: 1, queryTimeoutMs: MIGRATION_MS, signal };
  const connections = openConnections({ ...address, ...patient }, limits, () => {});
  try {
    // One that does not answer at all is not waited for so long.
    await connections.probe();
    await migrate(connections.db);
  } finally {
    connections.destroy();
  }
}

/** 0.25 s doubling to 5 s, each between half and all of it. `chance` is in [0, 1). */
export const backoffMs = (attempt: number, chance: number): number =>
  Math.min(5000, 250 * 2 ** Math.min(attempt, 10)) * (0.5 + chance / 2);
