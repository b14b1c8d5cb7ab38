// What does one entry of `mcpServers` define? Pure: an entry and its surroundings in, a definition or its problems out.
import { type Omni2Block, type ServerEntry, serverEntrySchema } from "#contract/config.ts";
import type { Origin, UpstreamDefinition } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { type Note, readClientEntry } from "./clients.ts";
import { mergeObjects } from "./merge.ts";
import { readSettings } from "./settings.ts";
import { readTransport, type TransportPlace } from "./transport.ts";
import { unknownFields } from "./unknown.ts";

export interface EntryPlace extends TransportPlace {
  readonly name: string;
  readonly origin: Origin;
  /** Defaults for every server. */
  readonly defaults: Omni2Block;
  /** What lies over the entry, in our own words. */
  readonly over?: JsonObject | undefined;
}

export interface EntryReading {
  /** Undefined exactly when there are problems. */
  readonly read: { readonly definition: UpstreamDefinition; readonly entry: ServerEntry } | undefined;
  /** Paths are relative to the entry. */
  readonly problems: readonly Note[];
  readonly notes: readonly Note[];
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Reads one entry; its name has been judged before. */
export function readEntry(raw: unknown, place: EntryPlace): EntryReading {
  if (!isObject(raw)) {
    return {
      read: undefined,
      problems: [{ path: [], message: "expected an object with a command or a url" }],
      notes: [],
    };
  }
  const client = readClientEntry(raw);
  const notes = [...client.notes, ...unknownNotes(client.fields)];
  const parsed = serverEntrySchema.safeParse(mergeObjects(client.fields, place.over ?? {}));
  if (!parsed.success) return { read: undefined, problems: parsed.error.issues.map(toNote), notes };
  const entry = parsed.data;
  const reading = readTransport(entry, entry.enabled === false ? withoutDemands(place) : place);
  const { transport, problems } = reading;
  const allNotes = [...notes, ...reading.notes];
  if (transport === undefined) return { read: undefined, problems, notes: allNotes };
  const definition: UpstreamDefinition = {
    name: place.name,
    origin: place.origin,
    enabled: entry.enabled ?? true,
    description: entry.description ?? "",
    trusted: entry.trusted ?? false,
    timeoutMs: entry.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...readSettings(entry, transport.kind, place.defaults),
    hideAfterMs: place.defaults.hideAfterMs ?? 0,
    tools: { allow: entry.tools?.allow ?? ["*"], deny: entry.tools?.deny ?? [] },
    transport,
  };
  return { read: { definition, entry }, problems: [], notes: allNotes };
}

/** Unknown fields of an entry as notes that name the field probably meant. */
const unknownNotes = (fields: JsonObject): Note[] =>
  unknownFields(fields, serverEntrySchema).map(({ path, nearest }) => ({ path, message: unknownMessage(nearest) }));

export const unknownMessage = (nearest: string | undefined): string =>
  nearest === undefined ? "unknown field, ignored" : `unknown field, ignored; did you mean \`${nearest}\`?`;

/** A zod issue as a note. zod names types and bounds, never the value. */
export const toNote = (issue: { path: PropertyKey[]; message: string }): Note => ({
  path: issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)),
  message: issue.message.replace(/^Invalid (?:input|option): /, ""),
});

// A server that is not started needs no variables.
const withoutDemands = (place: TransportPlace): TransportPlace => ({
  ...place,
  scope: { ...place.scope, unset: "empty" },
});
