// What does one round of the comprehensive validation play with? Three MCP servers of its own, added to the gateway under names
// that nobody else uses, and a reader of the live feed. However a round ends, they are taken away again.
import { randomBytes } from "node:crypto";
import type { ServerView } from "#contract/upstream.ts";
import { serverViewSchema } from "#contract/upstream.ts";
import { demandShape, Unmet } from "./check.ts";
import type { FeedReader } from "./feed-reader.ts";
import { type LoopbackServer, openLoopbackServer } from "./loopback-server.ts";
import { type Answer, excerpt, pause, type Visitor } from "./visitor.ts";

export const ACTORS = ["healthy", "failing", "slow"] as const;
export type Actor = (typeof ACTORS)[number];

/** Allowed for one call of these servers, in milliseconds. */
export const CALL_MS = 2_500;
/** Open for so long before a trial, in milliseconds. */
export const OPEN_MS = 1_000;
/** Whatever is waited for takes less, in milliseconds. */
export const PATIENCE_MS = 15_000;
/** The live feed tells what has happened, or is about to happen, much sooner, in milliseconds. */
export const FEED_MS = 8_000;
const LOOK_EVERY_MS = 50;

/** The same for all three: quick to notice and quick to try again, and cached by the definition's own rule. */
const SETTINGS = {
  type: "http",
  trusted: true,
  description: "Made by omni2 validate comprehensive; removed when that ends.",
  timeoutMs: CALL_MS,
  health: { intervalMs: 1_000, timeoutMs: 3_000 },
  breaker: { failures: 3, openMs: OPEN_MS, maxOpenMs: OPEN_MS, autoDisableAfterCycles: 0 },
  cache: { mode: "auto", ttlMs: 300_000 },
};

export interface CallOptions {
  readonly tool?: "read" | "wait";
  /** Equal questions have equal ones. */
  readonly of?: string;
  readonly cache?: "use" | "bypass";
}

export interface Round {
  readonly visitor: Visitor;
  readonly feed: FeedReader;
  /** All names begin so. */
  readonly prefix: string;
  readonly servers: Readonly<Record<Actor, LoopbackServer>>;
  name(actor: Actor): string;
  /** Adds all three. Throws Unmet when one is refused. */
  add(): Promise<void>;
  /** Removes what was added, also what is still being added. Throws Unmet when that is refused. */
  remove(): Promise<void>;
  view(actor: Actor): Promise<ServerView>;
  /** Asks until `holds`; throws Unmet after PATIENCE_MS, telling `expected` and what was seen last. */
  viewUntil(actor: Actor, expected: string, holds: (view: ServerView) => boolean): Promise<ServerView>;
  call(actor: Actor, options?: CallOptions): Promise<Answer>;
  /** Ends the servers and the feed. */
  close(): Promise<void>;
}

export async function openRound(visitor: Visitor): Promise<Round> {
  const prefix = `validate-${randomBytes(4).toString("hex")}-`;
  const feed = await visitor.listen();
  const [healthy, failing, slow] = await Promise.all([
    openLoopbackServer(),
    openLoopbackServer(),
    openLoopbackServer(),
  ]);
  const servers = { healthy, failing, slow };
  let adding: Promise<unknown>[] = [];
  const name = (actor: Actor): string => prefix + actor;
  const path = (actor: Actor): string => `/api/servers/${name(actor)}`;
  const view = async (actor: Actor): Promise<ServerView> =>
    demandShape(actor, await visitor.get(path(actor)), serverViewSchema);

  return {
    visitor,
    feed,
    prefix,
    servers,
    name,
    view,
    async add() {
      adding = ACTORS.map(async (actor) => {
        const definition = { ...SETTINGS, name: name(actor), url: servers[actor].url };
        accept(await visitor.send("POST", "/api/servers", definition), 201);
      });
      await Promise.all(adding);
    },
    async remove() {
      await Promise.allSettled(adding);
      const answers = await Promise.all(ACTORS.map((actor) => visitor.send("DELETE", path(actor))));
      for (const answer of answers) if (answer.status !== 404) accept(answer, 204);
    },
    async viewUntil(actor, expected, holds) {
      const endsAt = performance.now() + PATIENCE_MS;
      for (;;) {
        const seen = await view(actor);
        if (holds(seen)) return seen;
        if (performance.now() > endsAt) throw new Unmet(expected, statusWords(seen));
        await pause(LOOK_EVERY_MS);
      }
    },
    call(actor, { tool = "read", of = "anything", cache = "use" } = {}) {
      const request = { server: name(actor), tool, arguments: { of }, cache };
      return visitor.send("POST", "/api/tools/call", request);
    },
    async close() {
      feed.close();
      await Promise.all(ACTORS.map((actor) => servers[actor].close()));
    },
  };
}

function accept(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Unmet(`HTTP ${status}`, excerpt(answer));
}

const statusWords = ({ status, statusReason, circuitState, tools }: ServerView): string =>
  `${status}${statusReason === null ? "" : ` (${statusReason})`}, breaker ${circuitState}, ${tools} tools`;
