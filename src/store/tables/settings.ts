// Values that the gateway keeps for itself across starts, by key.
import { sql } from "kysely";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";

export interface SettingsTable {
  /** The value as it was set, or undefined when there is none. Parse it: somebody may have edited the table. */
  get(key: string): Promise<unknown>;
  /** Stores any JSON value but null under the key. */
  set(key: string, value: unknown): Promise<void>;
}

export const createSettingsTable = (run: Run): SettingsTable => ({
  get: (key) =>
    run(async (db) => {
      const found = await db.selectFrom("omni2.omni2_config").select("value").where("key", "=", key).executeTakeFirst();
      return found?.value;
    }),
  set: async (key, value) => {
    await run((db) =>
      sql`insert into omni2.omni2_config (key, value) values (${key}, ${jsonb(value)})
        on conflict (key) do update set value = excluded.value, updated_at = now()`.execute(db),
    );
  },
});
