// What is the configuration now, and how does it change? One change at a time: read, check, store, apply, tell.
// A change that cannot be applied leaves everything as it was. Starts no server: who listens does.
import type { ServerInput } from "#contract/api.ts";
import type { ConfigAnswer, ConfigApplied, ConfigPatch, ConfigRevision } from "#contract/change.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { NO_CHANGES } from "./changes.ts";
import type { Environment } from "./expand.ts";
import { documentOf } from "./fit.ts";
import { History, type RevisionStore } from "./history.ts";
import { issueText } from "./issue.ts";
import { type ConfigListener, createLive } from "./live.ts";
import { readConfiguration } from "./read.ts";
import { redacted } from "./redact.ts";
import type { RestRules } from "./rest-entry.ts";
import { type Configuration, restRules } from "./state.ts";
import {
  type Asked,
  add,
  adopt,
  type DefinitionStore,
  patch as patchChanges,
  type ReloadResult,
  reload,
  remove,
  rollBack,
  type TurnDeps,
} from "./turns.ts";
import { openWatch } from "./watch.ts";

export interface ConfigDeps {
  /** Absolute paths, at least one; where the `omni2` blocks disagree the later file wins. */
  readonly files: readonly string[];
  readonly env: Environment;
  readonly store: { readonly definitions: DefinitionStore; readonly revisions: RevisionStore };
  readonly log: Log;
  readonly world: World;
}

export interface Config {
  current(): Configuration;
  /** What people may see of it. */
  shown(): ConfigAnswer;
  /** What REST may define now. */
  restRules(): RestRules;
  /** Listeners are awaited one after another; one that fails is logged. Returns how to stop listening. */
  onChange(listener: ConfigListener): () => void;
  /** Told after each change, when it is in force. */
  onRevision(listener: (revision: ConfigRevision) => void): void;
  /** Stores the definition, then applies it. Throws CONFIG_INVALID, CONFIG_CONFLICT, FORBIDDEN, STORE_UNAVAILABLE. */
  addApiServer(input: ServerInput, by: string): Promise<UpstreamDefinition>;
  /** Throws SERVER_NOT_FOUND, FORBIDDEN (it stands in a file), STORE_UNAVAILABLE. */
  removeApiServer(name: string, by: string): Promise<void>;
  /** Merges a patch into the changes. Throws CONFIG_CONFLICT, CONFIG_INVALID, FORBIDDEN, STORE_UNAVAILABLE; then nothing has changed. */
  patch(patch: ConfigPatch, asked: Asked): Promise<ConfigApplied>;
  /** Makes the changes of that revision the present ones. Throws as `patch` does, and INVALID_REQUEST for one that is not kept. */
  rollBack(n: number, asked: Asked): Promise<ConfigApplied>;
  /** Newest first. Throws STORE_UNAVAILABLE. */
  revisions(limit: number): Promise<readonly ConfigRevision[]>;
  /** Takes up what is stored; call it when the database becomes ready. */
  adoptStored(): Promise<void>;
  /** Reads the files again. A broken file is logged in one line and changes nothing; this never rejects. */
  reload(): Promise<ReloadResult>;
  close(): Promise<void>;
}

/** Reads the files and watches them. Throws CONFIG_INVALID when they are not valid at start. */
export async function openConfig(deps: ConfigDeps): Promise<Config> {
  const { files, env, store, log } = deps;
  const frame = { files, env };
  const live = createLive({ fromFiles: await readConfiguration(files, env), changes: NO_CHANGES }, frame, log);
  const listeners: ((revision: ConfigRevision) => void)[] = [];
  const turn: TurnDeps = {
    ...deps,
    ...store,
    frame,
    live,
    history: new History(store.revisions, log),
    adopted: false,
    tell: (revision) => {
      for (const listener of listeners) listener(revision);
    },
  };
  const reloadInTurn = (): Promise<ReloadResult> => live.inTurn(() => reload(turn));
  const watch = openWatch(files, () => void reloadInTurn(), deps);
  return {
    current: live.current,
    shown: () => shown(turn),
    restRules: () => restRules(live.current(), frame),
    onChange: live.onChange,
    onRevision: (listener) => void listeners.push(listener),
    addApiServer: (input, by) => live.inTurn(() => add(input, by, turn)),
    removeApiServer: (name, by) => live.inTurn(() => remove(name, by, turn)),
    patch: (given, asked) => live.inTurn(() => patchChanges(given, asked, turn)),
    rollBack: (n, asked) => live.inTurn(() => rollBack(n, asked, turn)),
    revisions: (limit) => store.revisions.recent(limit),
    adoptStored: () => live.inTurn(() => adopt(turn)),
    reload: reloadInTurn,
    close() {
      watch.close();
      return live.idle();
    },
  };
}

function shown({ live, frame }: TurnDeps): ConfigAnswer {
  const { revision, warnings } = live.current();
  return {
    revision,
    files: [...frame.files],
    document: { ...redacted(documentOf(live.current())) },
    changes: { ...redacted(live.parts().changes) },
    warnings: warnings.map(issueText),
  };
}
