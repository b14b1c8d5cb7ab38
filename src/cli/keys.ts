// Which keys are there, and how is one made or revoked? A key is printed once, when it is made.
import type { KeyView, Role } from "#contract/access.ts";
import { Fault } from "#contract/fault.ts";
import type { Ends } from "./command.ts";
import { printJson } from "./terminal.ts";
import { columns, duration, harmless } from "./text.ts";

const DAY_MS = 86_400_000;

type Cell = (key: KeyView, now: number) => string;

const COLUMNS: readonly (readonly [head: string, cell: Cell])[] = [
  ["NAME", ({ name }) => name],
  ["ROLE", ({ role }) => role],
  ["ID", ({ id }) => id],
  ["STATE", state],
  ["LAST USED", ({ lastUsedAt }, now) => (lastUsedAt === null ? "never" : ago(now - lastUsedAt))],
  ["MADE", ({ createdAt }, now) => ago(now - createdAt)],
  ["MADE BY", ({ createdBy }) => createdBy],
];

function state({ expiresAt, revokedAt }: KeyView, now: number): string {
  if (revokedAt !== null) return `revoked ${ago(now - revokedAt)}`;
  if (expiresAt === null) return "valid";
  return expiresAt > now ? `valid for ${span(expiresAt - now)}` : `expired ${ago(now - expiresAt)}`;
}

const span = (ms: number): string => (ms < 3 * DAY_MS ? duration(ms) : `${Math.round(ms / DAY_MS)} days`);
const ago = (ms: number): string => `${span(Math.max(0, ms))} ago`;

export async function listKeys({ gateway, terminal }: Ends, options: { json?: boolean }): Promise<number> {
  const { items } = await gateway.ask("GET /api/keys");
  const now = Date.now();
  if (options.json === true) printJson(terminal, items);
  else if (items.length === 0) terminal.print("No keys. Make one with `omni2 keys create NAME --role viewer`.");
  else {
    const rows = items.map((key) => COLUMNS.map(([, cell]) => cell(key, now)));
    for (const line of columns([COLUMNS.map(([head]) => head), ...rows], terminal.width)) terminal.print(line);
  }
  return 0;
}

export interface CreateKeyOptions {
  readonly json?: boolean;
  readonly role: Role;
  /** A whole number, as it was written. */
  readonly expiresInDays?: string;
}

export async function createKey(name: string, { gateway, terminal }: Ends, options: CreateKeyOptions): Promise<number> {
  const { role, expiresInDays: days } = options;
  if (days !== undefined && !/^\d{1,4}$/.test(days)) {
    throw new Fault("USAGE", "--expires-in-days must be a whole number, 1 to 3650.");
  }
  const body = { name, role, ...(days === undefined ? {} : { expiresInDays: Number(days) }) };
  const created = await gateway.ask("POST /api/keys", { body });
  if (options.json === true) {
    printJson(terminal, created);
    return 0;
  }
  const until = days === undefined ? "until it is revoked" : `for ${days === "1" ? "1 day" : `${days} days`}`;
  terminal.print(harmless(`Made the key ${created.name} with the role ${created.role}, valid ${until}.`));
  terminal.print("It is shown only now; send it as `Authorization: Bearer`:");
  terminal.print(harmless(created.key));
  return 0;
}

/** By name or by id; throws KEY_NOT_FOUND. */
export async function revokeKey(
  nameOrId: string,
  { gateway, terminal }: Ends,
  options: { json?: boolean },
): Promise<number> {
  const { items } = await gateway.ask("GET /api/keys");
  const valid = items.filter(({ revokedAt }) => revokedAt === null);
  // A key may be named like the id of another.
  const key = valid.find(({ id }) => id === nameOrId) ?? valid.find(({ name }) => name === nameOrId);
  if (key === undefined) {
    throw new Fault("KEY_NOT_FOUND", `No valid key has the name or id ${JSON.stringify(nameOrId.slice(0, 60))}.`);
  }
  await gateway.ask("DELETE /api/keys/{id}", { params: { id: key.id } });
  if (options.json === true) printJson(terminal, { revoked: key.id });
  else terminal.print(harmless(`Revoked the key ${key.name} (${key.id}); whoever used it is let in no longer.`));
  return 0;
}
