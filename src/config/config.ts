// What is the configuration now, and how does it change? One change at a time: read, check, store, apply, tell.
// A change that cannot be applied leaves everything as it was. Starts no server: who listens does.
import type { ServerInput } from "#contract/api.ts";
import { type Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import type { Environment } from "./expand.ts";
import { type ConfigListener, createLive, type LiveConfiguration } from "./live.ts";
import { readConfiguration } from "./read.ts";
import { readRestEntry } from "./rest-entry.ts";
import {
  type ConfigFrame,
  type Configuration,
  requireFree,
  restRules,
  type StoredEntry,
  withoutEntry,
} from "./state.ts";
import { openWatch } from "./watch.ts";

/** Where definitions added over REST are kept. Its methods reject with STORE_UNAVAILABLE while there is no database. */
export interface DefinitionStore {
  listApiDefinitions(): Promise<readonly StoredEntry[]>;
  /** Rejects with CONFIG_CONFLICT when the name is kept already. */
  saveApiDefinition(name: string, definition: JsonObject): Promise<unknown>;
  removeApiDefinition(name: string): Promise<unknown>;
}

export interface ConfigDeps {
  /** Absolute paths, at least one; where the `omni2` blocks disagree the later file wins. */
  readonly files: readonly string[];
  readonly env: Environment;
  /** Allows commands and variables over REST whatever the document says. */
  readonly access: { readonly allowCommands: boolean };
  readonly store: DefinitionStore;
  readonly log: Log;
  readonly world: World;
}

export interface ReloadResult {
  readonly changed: boolean;
  /** Why the old configuration stays. */
  readonly fault?: Fault;
}

export interface Config {
  current(): Configuration;
  /** Listeners are awaited one after another; one that fails is logged. Returns how to stop listening. */
  onChange(listener: ConfigListener): () => void;
  /** Stores the definition, then applies it. Throws CONFIG_INVALID, CONFIG_CONFLICT, FORBIDDEN, STORE_UNAVAILABLE. */
  addApiServer(input: ServerInput): Promise<UpstreamDefinition>;
  /** Throws SERVER_NOT_FOUND, FORBIDDEN (it stands in a file), STORE_UNAVAILABLE. */
  removeApiServer(name: string): Promise<void>;
  /** Takes up the stored definitions; call it when the database becomes ready. */
  adoptStored(): Promise<void>;
  /** Reads the files again. A broken file is logged in one line and changes nothing; this never rejects. */
  reload(): Promise<ReloadResult>;
  close(): Promise<void>;
}

/** Reads the files and watches them. Throws CONFIG_INVALID when they are not valid at start. */
export async function openConfig(deps: ConfigDeps): Promise<Config> {
  const frame = { files: deps.files, env: deps.env, allowCommands: deps.access.allowCommands };
  const fromFiles = await readConfiguration(deps.files, deps.env);
  const live = createLive({ fromFiles, fromStore: [] }, frame, deps.log);
  const room: Room = { ...deps, frame, live };
  const reloadInTurn = (): Promise<ReloadResult> => live.inTurn(() => reload(room));
  const watch = openWatch(deps.files, () => void reloadInTurn(), deps);
  return {
    current: live.current,
    onChange: live.onChange,
    addApiServer: (input) => live.inTurn(() => add(input, room)),
    removeApiServer: (name) => live.inTurn(() => remove(name, room)),
    adoptStored: () => live.inTurn(() => adopt(room)),
    reload: reloadInTurn,
    close() {
      watch.close();
      return live.idle();
    },
  };
}

interface Room extends ConfigDeps {
  readonly frame: ConfigFrame;
  readonly live: LiveConfiguration;
}

async function add({ name, ...definition }: ServerInput, { live, store, frame }: Room): Promise<UpstreamDefinition> {
  const parts = live.parts();
  requireFree(name, parts);
  const entry = readRestEntry(name, definition, restRules(parts.fromFiles, frame));
  await store.saveApiDefinition(name, definition);
  await live.apply({ ...parts, fromStore: [...parts.fromStore, { name, definition }] });
  return entry.definition;
}

async function remove(name: string, { live, store }: Room): Promise<void> {
  const next = withoutEntry(name, live.parts());
  await store.removeApiDefinition(name);
  await live.apply(next);
}

async function adopt({ live, store }: Room): Promise<void> {
  const fromStore = await store.listApiDefinitions();
  await live.apply({ ...live.parts(), fromStore });
}

async function reload({ live, log, files, env }: Room): Promise<ReloadResult> {
  try {
    const fromFiles = await readConfiguration(files, env);
    const changed = await live.apply({ ...live.parts(), fromFiles });
    const { revision, definitions } = live.current();
    if (changed) log.info({ revision, servers: definitions.length }, "configuration reloaded");
    return { changed };
  } catch (error) {
    const fault = toFault(error);
    log.error(
      { code: fault.code, err: fault.code === "INTERNAL" ? error : undefined },
      `the old configuration stays: ${fault.message}`,
    );
    return { changed: false, fault };
  }
}
