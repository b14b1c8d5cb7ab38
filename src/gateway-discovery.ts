// What answers behind a definition that is not saved yet? One link with the definition's own transport, its lists, and its end:
// nothing is kept, nobody is told, and no process outlives the answer.
import type { Config } from "#config/config.ts";
import { issueText } from "#config/issue.ts";
import { readRestEntry } from "#config/rest-entry.ts";
import type { ServerInput } from "#contract/api.ts";
import type { Discovery } from "#contract/discovery.ts";
import { Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";
import { type Connection, openConnection, type StartedLink } from "#upstream/connection.ts";
import { createOpenTransport } from "#upstream/open-transport.ts";
import { RpcError } from "#upstream/rpc-error.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import type { Foundations } from "./gateway-parts.ts";
import { IDENTITY } from "./version.ts";

export interface DiscoveryDeps extends Pick<Foundations, "environment" | "gateway"> {
  readonly world: World;
  readonly log: Log;
  readonly config: Pick<Config, "restRules">;
}

const MAX_AT_A_TIME = 4;
const LIMIT_MS = 30_000;
/** For a link that does not end by itself; then its process is killed. */
const CLOSE_MS = 5_000;
const RETRY_MS = 2_000;
/** The limit here is told in words of its own, so the connect's must not come first. */
const PATIENCE = 1.1;

/** How far a discovery got. */
interface Progress {
  stage: "connecting" | "listing";
  link: StartedLink | undefined;
  connection: Connection | undefined;
}

export class Discoveries {
  readonly #deps: DiscoveryDeps;
  readonly #open: ReturnType<typeof createOpenTransport>;
  readonly #running = new Map<AbortController, { readonly done: Promise<Discovery>; readonly progress: Progress }>();
  #isClosing = false;

  constructor(deps: DiscoveryDeps) {
    this.#deps = deps;
    this.#open = createOpenTransport(deps);
  }

  /**
   * Throws CONFIG_INVALID or FORBIDDEN for a definition that could not be added, OVERLOADED when too many run, and what the link
   * met; by then everything that was started has ended.
   */
  async discover({ name, ...raw }: ServerInput, signal: AbortSignal): Promise<Discovery> {
    const { definition, warnings } = readRestEntry(name, raw, this.#deps.config.restRules());
    if (this.#isClosing) throw stopping();
    if (this.#running.size >= MAX_AT_A_TIME) throw tooMany(name);
    const control = new AbortController();
    const leave = (): void => control.abort(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    const progress: Progress = { stage: "connecting", link: undefined, connection: undefined };
    const done = this.#look(definition, control, progress);
    this.#running.set(control, { done, progress });
    try {
      const found = await done;
      return { ...found, warnings: warnings.map(issueText) };
    } finally {
      this.#running.delete(control);
      signal.removeEventListener("abort", leave);
    }
  }

  /** Ends those that run and lets no more begin; resolves when what they started has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const control of this.#running.keys()) control.abort(stopping());
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  /** Ends at once whatever processes they still have. */
  kill(): void {
    for (const { progress } of this.#running.values()) progress.link?.kill?.();
  }

  async #look(definition: UpstreamDefinition, control: AbortController, progress: Progress): Promise<Discovery> {
    const { world } = this.#deps;
    const begunAt = world.now();
    const giveUp = (limitMs: number) => () => control.abort(tooSlow(definition.name, progress.stage, limitMs));
    const cancelStart = world.after(startMs(definition), giveUp(startMs(definition)));
    const cancelAll = world.after(LIMIT_MS, giveUp(LIMIT_MS));
    try {
      const connection = await this.#connect(definition, control.signal, progress);
      cancelStart();
      progress.stage = "listing";
      const snapshot = await connection.fetchSnapshot(control.signal);
      return { ...discovery(connection, snapshot), elapsedMs: Math.round(world.now() - begunAt), warnings: [] };
    } catch (error) {
      throw control.signal.aborted ? control.signal.reason : faultAt(progress.stage, definition.name, error);
    } finally {
      cancelStart();
      cancelAll();
      await this.#end(progress);
    }
  }

  async #connect(definition: UpstreamDefinition, signal: AbortSignal, progress: Progress): Promise<Connection> {
    const { world } = this.#deps;
    const patient = { ...definition, health: { ...definition.health, startTimeoutMs: startMs(definition) * PATIENCE } };
    const nobody = (): void => {};
    progress.connection = await openConnection(
      patient,
      { world, openTransport: this.#open, identity: IDENTITY },
      {
        signal,
        hint: undefined,
        mayStartAgain: () => true,
        events: {
          onStarting: (link) => {
            progress.link = link;
          },
          onClosed: nobody,
          onDoubt: nobody,
          onListChanged: nobody,
          onNotification: nobody,
        },
      },
    );
    return progress.connection;
  }

  // A failed connect has closed its link itself.
  async #end({ connection, link }: Progress): Promise<void> {
    if (connection === undefined) return;
    const cancelKill = this.#deps.world.after(CLOSE_MS, () => link?.kill?.());
    await connection.close().catch(() => {});
    cancelKill();
  }
}

function discovery(connection: Connection, { lists }: Snapshot): Omit<Discovery, "elapsedMs" | "warnings"> {
  const { form, serverInfo, era, protocolVersion } = connection;
  return {
    type: form,
    serverInfo,
    era,
    protocolVersion,
    tools: lists.tools.map(({ name, title, description, annotations }) => ({
      name: String(name),
      title: typeof title === "string" ? title : null,
      description: typeof description === "string" ? description : null,
      annotations: typeof annotations === "object" && annotations !== null ? { ...annotations } : {},
    })),
    prompts: lists.prompts.length,
    resources: lists.resources.length + lists.resourceTemplates.length,
  };
}

const startMs = ({ health }: UpstreamDefinition): number => Math.min(health.startTimeoutMs, LIMIT_MS);

const DOING: Readonly<Record<Progress["stage"], string>> = {
  connecting: "while connecting",
  listing: "after the handshake, while its lists were read",
};

function faultAt(stage: Progress["stage"], server: string, error: unknown): Fault {
  const fault =
    error instanceof RpcError
      ? new Fault("UPSTREAM_PROTOCOL", `${server} answered an error: ${error.message}`, { cause: error })
      : toFault(error);
  if (fault.code === "INTERNAL") return fault;
  const met = /[.!?]$/.test(fault.message) ? fault.message : `${fault.message}.`;
  return new Fault(fault.code, `Discovery ended ${DOING[stage]}: ${met} Nothing was saved.`, { server, cause: error });
}

const tooSlow = (server: string, stage: Progress["stage"], limitMs: number): Fault =>
  new Fault(
    "UPSTREAM_TIMEOUT",
    `Discovery ended ${DOING[stage]}: ${server} took longer than ${limitMs / 1_000} s. Nothing was saved.`,
    { server },
  );

const stopping = (): Fault => new Fault("DRAINING", "The gateway is stopping; ask again when it is back.");

const tooMany = (server: string): Fault =>
  new Fault("OVERLOADED", `${MAX_AT_A_TIME} discoveries run already, as many as may; ask again soon.`, {
    server,
    retryAfterMs: RETRY_MS,
  });
