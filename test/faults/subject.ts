// Which server does the wrong in one cell of the matrix? Added for it, watched, healed and removed again.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { FaultCode } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import { until } from "../kit.ts";
import type { Received } from "../raw.ts";
import { type Answer, type Asking, assertFault, assertOk } from "./caller.ts";
import { api, faultyEntry, QUICK, type Stage, type Transport } from "./stage.ts";

export interface SubjectOptions {
  readonly name: string;
  readonly transport: Transport;
  /** Fields of its definition instead of the usual ones. */
  readonly entry?: Record<string, unknown>;
}

const START_LIMIT_MS = 15_000;

export class Subject {
  readonly stage: Stage;
  readonly name: string;
  readonly transport: Transport;
  readonly #from: number;
  readonly #afterwards: (() => Promise<void>)[] = [];
  #entry: Record<string, unknown>;

  constructor(stage: Stage, { name, transport, entry = {} }: SubjectOptions) {
    this.stage = stage;
    this.name = name;
    this.transport = transport;
    this.#from = stage.chronicle.frames.length;
    this.#entry = { ...faultyEntry(name, transport, stage), ...entry };
  }

  /** Adds it to the gateway; with `well`, resolves once it is up. */
  async add({ well = true, entry = {} }: { well?: boolean; entry?: Record<string, unknown> } = {}): Promise<this> {
    this.#entry = { ...this.#entry, ...entry };
    const { status, text } = await this.api("POST /api/servers", { name: this.name, ...this.#entry });
    assert.equal(status, 201, text);
    if (!well) return this;
    await until(`${this.name} is up`, async () => (await this.view()).status === "up", START_LIMIT_MS);
    await this.assertTold("connected");
    return this;
  }

  async remove(): Promise<void> {
    this.mode("");
    await this.api(`DELETE /api/servers/${this.name}`);
    await Promise.all(this.#afterwards.splice(0).map((end) => end()));
  }

  /** What else has to end once the server is removed. */
  readonly afterwards = (end: () => Promise<void>): void => {
    this.#afterwards.push(end);
  };

  get url(): string {
    return String(this.#entry.url);
  }

  /** What the whole server does from now on; `""`: nothing wrong. */
  mode(mode: string): void {
    this.stage.folder.setMode(this.name, mode);
  }

  api(request: string, body?: unknown): Promise<Received> {
    return api(this.stage.gateway, request, body);
  }

  async view(): Promise<ServerView> {
    return (await this.api(`GET /api/servers/${this.name}`)).json;
  }

  call(asking: Omit<Asking, "server" | "limitMs"> & { limitMs?: number }): Promise<Answer> {
    return this.stage.caller.call({ limitMs: QUICK.timeoutMs + 500, ...asking, server: this.name });
  }

  /** One call of the tool that does what it is told. */
  behave(what: string, more: Record<string, unknown> = {}): Promise<Answer> {
    return this.call({ tool: "behave", arguments: { do: what, ...more } });
  }

  echo(message = "hello"): Promise<Answer> {
    return this.call({ tool: "echo", arguments: { message } });
  }

  async assertServes(): Promise<void> {
    assertOk(await this.echo("still here"), "still here");
  }

  async assertFails(what: string, codes: readonly FaultCode[], more: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await this.behave(what, more);
    assertFault(answer, codes, this.name);
    return answer;
  }

  async assertAnswers(what: string, text: string, more: Record<string, unknown> = {}): Promise<Answer> {
    const answer = await this.behave(what, more);
    assertOk(answer, text);
    return answer;
  }

  /** The fault is gone: it must be up, with its breaker closed, and serve, within so many milliseconds, by itself. */
  async assertRecovers(limitMs: number): Promise<void> {
    const isWell = async (): Promise<boolean> => {
      const { status, circuitState } = await this.view();
      return status === "up" && circuitState === "closed";
    };
    await until(`${this.name} recovers`, isWell, limitMs).catch(async (error: unknown) => {
      const { status, link, health, circuitState, circuitReason, statusReason } = await this.view();
      const now = JSON.stringify({ status, link, health, circuitState, circuitReason, statusReason });
      throw new Error(`${String(error)}; it is ${now}; told was ${this.story()}`);
    });
    await this.assertServes();
  }

  /** Everything that was told of it on the live feed, in order: health events, and circuits as `old>new`. */
  story(): string[] {
    return this.stage.chronicle.frames.slice(this.#from).flatMap(({ type, data }) => {
      if (!("name" in data) || data.name !== this.name) return [];
      if (type === "health_event") return [data.event_type];
      return type === "circuit_breaker_state" ? [`circuit ${data.old_state}>${data.new_state}`] : [];
    });
  }

  /** Waits until these were told in this order, with others between them. */
  async assertTold(...events: readonly string[]): Promise<void> {
    const told = (): boolean => {
      let found = 0;
      for (const event of this.story()) if (event === events[found]) found += 1;
      return found === events.length;
    };
    await until(`${events} is told of ${this.name}`, told, 10_000).catch((error: unknown) => {
      throw new Error(`${String(error)}; told was ${this.story()}`);
    });
  }

  /** Calls until the breaker refuses; answers the codes on the way. */
  async callUntilOpen(ask: () => Promise<Answer>): Promise<string[]> {
    const codes: string[] = [];
    for (let n = 0; n < 12; n++) {
      const { code } = await ask();
      if (code === "BREAKER_OPEN") return codes;
      codes.push(code);
    }
    throw new Error(`the breaker of ${this.name} stayed closed: ${codes}`);
  }

  /** Nothing bad is told of it for so long. */
  async assertStaysUp(ms: number): Promise<void> {
    const from = this.story().length;
    await sleep(ms);
    assert.deepEqual(
      this.story()
        .slice(from)
        .filter((event) => event !== "catalog_refreshed"),
      [],
    );
    assert.equal((await this.view()).status, "up");
  }
}
