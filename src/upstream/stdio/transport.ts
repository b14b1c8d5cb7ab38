// How is a server spoken to over its standard streams? One process tree per link: framing, routing and the end of the link.
// It never restarts a server and never decides what a failure means.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { isFault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import { ownShortage } from "#upstream/shortage.ts";
import {
  CLOSED_BY_US,
  type CloseReason,
  type Exchange,
  MAX_MESSAGE_BYTES,
  type Reply,
  type UpstreamTransport,
} from "#upstream/transport.ts";
import { type Environment, resolveLaunch } from "./command.ts";
import { createExchangeTable, overloaded, unavailable } from "./exchanges.ts";
import { exitWords } from "./exit-words.ts";
import { createLineFramer } from "./line-framer.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import { type ExitStatus, openProcessTree, type ProcessTree } from "./process-tree.ts";
import { createRouter } from "./router.ts";
import { createStderrTail } from "./stderr.ts";

export interface StdioOptions {
  /** The server's configured name, for messages and logs. */
  readonly name: string;
  /** A program's name, looked up in PATH, or its path, relative to `cwd`. `node` is the gateway's own. */
  readonly command: string;
  readonly args: readonly string[];
  /** The server's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The gateway's environment, of which the server gets an allow-list. */
  readonly inherited: Environment;
  readonly cwd: string;
  readonly world: World;
  readonly log: Log;
}

const MAX_OUTGOING_BYTES = 8 * 1024 * 1024;
/** A closed pipe usually means that the process is about to exit, which says more; only then is the pipe the reason. */
const PIPE_GRACE_MS = 500;

/** A link to one stdio server. Nothing is started before `start()`; `close()` resolves when the whole process tree is gone. */
export function createStdioTransport(options: StdioOptions): UpstreamTransport {
  return new StdioTransport(options);
}

/** idle -> starting -> open -> closing -> closed; every state may go to closing or closed. */
type State = "idle" | "starting" | "open" | "closing" | "closed";

class StdioTransport implements UpstreamTransport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: UpstreamTransport["onmessage"];
  ondoubt?: (() => void) | undefined;
  /** With `pid`, this is how the SDK recognises stdio, where an unanswered version probe means an older server. */
  readonly stderr = null;
  closeReason: CloseReason | undefined;

  readonly #options: StdioOptions;
  readonly #exchanges;
  readonly #stderr;
  readonly #router;
  #state: State = "idle";
  #stage: CloseReason["stage"] = "start";
  /** Why we ended the link ourselves; undefined when the process ended by itself. */
  #verdict: string | undefined;
  #tree: ProcessTree | undefined;
  #outbox: Outbox | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #cancelPipeTimer: Cancel = () => {};

  constructor(options: StdioOptions) {
    this.#options = options;
    this.#exchanges = createExchangeTable(options.name);
    this.#router = createRouter(this.#exchanges, (message) => this.#toSdk(message));
    this.#stderr = createStderrTail({ server: options.name, ...options });
  }

  get pid(): number | null {
    return this.#state === "closed" ? null : (this.#tree?.pid ?? null);
  }

  get dropped(): number {
    return this.#router.dropped;
  }

  get childPid(): number | null {
    return this.#tree?.serverPid() ?? null;
  }

  kill(): void {
    void this.#tree?.kill();
  }

  stderrTail(): string[] {
    return this.#stderr.lines();
  }

  start(): Promise<void> {
    if (this.#state !== "idle") return Promise.reject(unavailable(this.#options.name, "this link was used before"));
    this.#state = "starting";
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { name, world, log } = this.#options;
    try {
      this.#tree = await openProcessTree(resolveLaunch(this.#options), world);
    } catch (error) {
      throw this.#failToStart(error);
    }
    this.#attach(this.#tree);
    if (this.#verdict !== undefined) throw unavailable(name, this.#verdict);
    this.#state = "open";
    log.debug({ server: name, pid: this.#tree.pid }, "server process started");
  }

  #failToStart(error: unknown): Error {
    const { name } = this.#options;
    const system = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    const fault = isFault(error)
      ? error
      : (ownShortage(name, error) ?? unavailable(name, `the operating system refused to start it: ${system}`));
    this.#finish({ stage: "start", message: fault.message });
    return fault;
  }

  #attach(tree: ProcessTree): void {
    this.#stage = "connect";
    this.#outbox = createOutbox(tree.stdin, MAX_OUTGOING_BYTES);
    const framer = createLineFramer({
      maxLineBytes: MAX_MESSAGE_BYTES,
      onLine: (line) => this.#route(line),
      onOverflow: () => this.#fail(`it sent a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`),
    });
    tree.stdout.on("data", (chunk: Buffer) => framer.push(chunk));
    tree.stderr.on("data", (chunk: Buffer) => this.#stderr.push(chunk));
    tree.stderr.once("end", () => this.#stderr.end());
    tree.stdin.on("error", () => this.#onPipeClosed("it closed its standard input"));
    tree.stdout.on("error", () => {});
    tree.stderr.on("error", () => {});
    tree.stdout.once("end", () => this.#onPipeClosed("it closed its standard output"));
    void tree.ended.then((status) => this.#onEnded(status));
  }

  #onPipeClosed(why: string): void {
    if (this.#state !== "open") return;
    this.#cancelPipeTimer();
    this.#cancelPipeTimer = this.#options.world.after(PIPE_GRACE_MS, () => this.#fail(why));
  }

  /** Ends a link that cannot go on; calls hear it at once, `onclose` follows when the processes are gone. */
  #fail(why: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#verdict = why;
    this.#exchanges.loseAll(why);
    this.ondoubt?.();
    void this.#tree?.kill();
  }

  #onEnded({ code, signal }: ExitStatus): void {
    this.#options.log.debug({ server: this.#options.name, code, signal }, "server process ended");
    this.#finish(
      this.#verdict === undefined
        ? { stage: this.#stage, message: exitWords(code, signal), exitCode: code, exitSignal: signal }
        : { stage: this.#stage, message: this.#verdict },
    );
  }

  #finish(reason: CloseReason): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.closeReason = reason;
    this.#cancelPipeTimer();
    this.#exchanges.loseAll(reason.message);
    this.onclose?.();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#verdict ??= CLOSED_BY_US;
    await this.#starting?.catch(() => {});
    if (this.#tree === undefined) return this.#finish({ stage: "start", message: this.#verdict });
    if (this.#state !== "closed") this.#state = "closing";
    await this.#tree.stop();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const outbox = this.#openOutbox();
    if (!outbox.post({ text: `${JSON.stringify(message)}\n`, sent: false })) throw overloaded(this.#options.name);
    this.#router.expect(message);
    this.#noteStage(message);
  }

  #noteStage(message: JSONRPCMessage): void {
    if (this.#stage === "call" || !("method" in message)) return;
    if (message.method === "server/discover") this.#stage = "probe";
    else this.#stage = message.method === "initialize" ? "connect" : "call";
  }

  #toSdk(message: JSONRPCMessage): void {
    if (this.#stage === "probe" && "result" in message) this.#stage = "call";
    this.onmessage?.(message);
  }

  #route(line: Buffer): void {
    try {
      this.#router.route(line);
    } catch (error) {
      // A receiver's bug must not take the other lines of the chunk with it.
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  exchange(request: Exchange): Promise<Reply> {
    this.#stage = "call";
    if (this.#state === "open" && this.#outbox !== undefined) return this.#exchanges.open(request, this.#outbox);
    return Promise.reject(unavailable(this.#options.name, this.#whyNotOpen()));
  }

  notify(method: string, params: JsonObject): void {
    if (this.#state === "open") {
      this.#outbox?.post({ text: `${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`, sent: false });
    }
  }

  #openOutbox(): Outbox {
    if (this.#state === "open" && this.#outbox !== undefined) return this.#outbox;
    throw unavailable(this.#options.name, this.#whyNotOpen());
  }

  #whyNotOpen(): string {
    return this.closeReason?.message ?? this.#verdict ?? "it was not started";
  }
}
