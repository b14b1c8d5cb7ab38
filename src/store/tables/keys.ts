// Which keys were made, and which of them are valid? A key is known by its hash; a revoked one stays for a year, so that what
// it did can be told.
import { sql } from "kysely";
import type { KeyView, Role } from "#contract/access.ts";
import { Fault } from "#contract/fault.ts";
import { jsonb } from "#store/batch.ts";
import type { Run } from "#store/schema.ts";

export interface NewKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the whole key. */
  readonly hash: Buffer;
  readonly createdBy: string;
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null;
}

/** What is needed to know somebody by a key. */
export type KnownKey = Pick<NewKey, "id" | "name" | "role" | "hash" | "expiresAt">;

export interface KeysTable {
  /** Throws CONFIG_CONFLICT when the name is taken by a key that is not revoked, or when there are 1,000 of these. */
  create(key: NewKey): Promise<KeyView>;
  /** Keys that are not revoked, newest first, then the newest 1,000 that are. */
  list(): Promise<KeyView[]>;
  /** Those that are not revoked, also when they have expired. */
  valid(): Promise<KnownKey[]>;
  /** Null when there is no such key that is not revoked. */
  revoke(id: string): Promise<KeyView | null>;
  /** Notes when keys were used last, in milliseconds since 1970; an earlier time than the known one changes nothing. */
  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>;
  /** Removes those that were revoked, or had expired, before `at`. */
  prune(at: number): Promise<void>;
}

export const MAX_VALID_KEYS = 1_000;
const SHOWN_REVOKED = 1_000;

export const createKeysTable = (run: Run): KeysTable => ({
  create: (key) =>
    run((db) =>
      db.transaction().execute(async (transaction) => {
        // Two that are made at once would not see each other.
        await sql`lock table omni2.api_keys in share row exclusive mode`.execute(transaction);
        const { rows } = await sql<{ valid: number; taken: boolean }>`
          select count(*) as valid, coalesce(bool_or(name = ${key.name}), false) as taken
          from omni2.api_keys where revoked_at is null`.execute(transaction);
        if (rows[0]?.taken) throw taken(key.name);
        if ((rows[0]?.valid ?? 0) >= MAX_VALID_KEYS) throw full();
        return (await insert(key).execute(transaction)).rows[0] as KeyView;
      }),
    ),
  list: () =>
    run(async (db) => {
      const valid = sql<KeyView>`select ${VIEW} from omni2.api_keys where revoked_at is null order by created_at desc, id`;
      const revoked = sql<KeyView>`select ${VIEW} from omni2.api_keys where revoked_at is not null
        order by revoked_at desc, id limit ${sql.lit(SHOWN_REVOKED)}`;
      return [...(await valid.execute(db)).rows, ...(await revoked.execute(db)).rows];
    }),
  valid: () =>
    run(async (db) => (await VALID.execute(db)).rows.map(({ hex, ...key }) => ({ ...key, hash: bytes(hex) }))),
  revoke: (id) =>
    run(async (db) => {
      const { rows } = await sql<KeyView>`update omni2.api_keys set revoked_at = now()
        where id = ${id} and revoked_at is null returning ${VIEW}`.execute(db);
      return rows[0] ?? null;
    }),
  used: async (uses) => {
    if (uses.length > 0) await run((db) => noteUses(uses).execute(db));
  },
  prune: async (at) => {
    await run((db) =>
      sql`delete from omni2.api_keys
        where least(revoked_at, expires_at) < to_timestamp(${at}::double precision / 1000)`.execute(db),
    );
  },
});

const VIEW = sql`id, name, role, created_at as "createdAt", created_by as "createdBy", expires_at as "expiresAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

const VALID = sql<Omit<KnownKey, "hash"> & { hex: string }>`
  select id, name, role, encode(hash, 'hex') as hex, expires_at as "expiresAt"
  from omni2.api_keys where revoked_at is null`;

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

const insert = ({ id, name, role, hash, createdBy, expiresAt }: NewKey) => sql<KeyView>`
  insert into omni2.api_keys (id, name, role, hash, created_by, expires_at)
  values (${id}, ${name}, ${role}, decode(${hash.toString("hex")}, 'hex'), ${createdBy},
    to_timestamp(${expiresAt}::double precision / 1000))
  returning ${VIEW}`;

const noteUses = (uses: readonly { readonly id: string; readonly at: number }[]) => sql`
  update omni2.api_keys as keys
  set last_used_at = greatest(coalesce(keys.last_used_at, '-infinity'), to_timestamp(given.at / 1000))
  from jsonb_to_recordset(${jsonb(uses)}) as given(id text, at double precision)
  where keys.id = given.id`;

const taken = (name: string): Fault =>
  new Fault("CONFIG_CONFLICT", `A key named ${name} exists already; revoke it first, or choose another name.`);

const full = (): Fault =>
  new Fault(
    "CONFIG_CONFLICT",
    `There are ${MAX_VALID_KEYS} keys that are not revoked, as many as may be; revoke one first.`,
  );
