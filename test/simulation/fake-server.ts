// What is true about a server, whatever the gateway believes? Whether it lives, what troubles it, and what it has carried out.
import { Fault } from "../../src/contract/fault.ts";
import type { TransportKind } from "../../src/contract/upstream.ts";
import type { World } from "../../src/lib/world.ts";
import type { ConnectOptions } from "../../src/upstream/connection.ts";
import type { FakeLink } from "./fake-link.ts";
import type { Dice } from "./random.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

/** What is wrong with a server for a while. */
export type Trouble =
  | { readonly kind: "none" }
  /** Nothing listens, or the command exits at once; `silent`: connections are not even refused. */
  | { readonly kind: "down"; readonly silent: boolean }
  /** It takes requests and answers none. `resumes`: what waits is answered when the trouble ends; `works`: it carries them out. */
  | { readonly kind: "hung"; readonly resumes: boolean; readonly works: boolean }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "erring"; readonly form: "status" | "garbage" | "rpc"; readonly ratio: number }
  /** Requests are carried out, but the answer and the link are lost. */
  | { readonly kind: "dropping"; readonly ratio: number }
  | { readonly kind: "refusing"; readonly why: "auth" | "throttled" };

export const NONE: Trouble = { kind: "none" };

/** How the server takes one request. `ms` is the time until the answer leaves it. */
export type Treatment =
  | { readonly kind: "answer"; readonly ms: number; readonly error?: boolean }
  | { readonly kind: "fault"; readonly fault: Fault; readonly ms: number; readonly executes: boolean }
  | { readonly kind: "drop" }
  | { readonly kind: "wait"; readonly executes: boolean };

export interface ServerParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
}

/** What one link to it is given. */
export interface LinkParts {
  readonly world: World;
  readonly options: ConnectOptions;
}

export class FakeServer {
  readonly name: string;
  readonly kind: TransportKind;
  readonly parts: ServerParts;
  readonly links = new Set<FakeLink>();
  /** Counts up when it forgets its sessions. */
  sessions = 0;
  /** Counts up when its lists change. */
  revision = 0;
  trouble: Trouble = NONE;
  /** Share of its links that end between their handshake and the moment their new owner listens. */
  frailty = 0.02;
  /** Since when nothing has been done to it. */
  calmSince = 0;
  #frozen: (() => void)[] = [];

  constructor(name: string, kind: TransportKind, parts: ServerParts) {
    this.name = name;
    this.kind = kind;
    this.parts = parts;
  }

  suffer(trouble: Trouble): void {
    this.disturb();
    const { trouble: last } = this;
    this.trouble = trouble;
    const frozen = this.#frozen;
    this.#frozen = [];
    if (last.kind === "hung" && last.resumes) for (const goOn of frozen) goOn();
    if (trouble.kind === "down") this.crash();
  }

  /** Everything that it had open ends: its process, its sockets, its sessions. */
  crash(): void {
    this.disturb();
    this.#frozen = [];
    this.sessions++;
    for (const link of [...this.links]) link.lose();
  }

  /** Legacy sessions are gone; links do not know it yet. */
  forgetSessions(): void {
    this.disturb();
    this.sessions++;
  }

  disturb(): void {
    this.calmSince = this.parts.world.now;
    this.parts.watch.disturbed(this.name);
  }

  /** Milliseconds without any trouble; 0 while there is one. */
  get calmMs(): number {
    return this.trouble.kind === "none" ? this.parts.world.now - this.calmSince : 0;
  }

  /** Goes on when the trouble ends; never, when the server forgets. */
  freeze(goOn: () => void): void {
    this.#frozen.push(goOn);
  }

  /** What happens to a request that has arrived. */
  treat(): Treatment {
    const { trouble } = this;
    const { dice } = this.parts;
    const ms = dice.between(2, 40);
    switch (trouble.kind) {
      case "none":
        return { kind: "answer", ms };
      case "slow":
        return { kind: "answer", ms: ms + trouble.ms * dice.between(0.7, 1.3) };
      case "hung":
        return { kind: "wait", executes: trouble.works };
      case "down":
        return { kind: "fault", fault: this.refused(), ms: trouble.silent ? 5_000 : 0, executes: false };
      case "dropping":
        return dice.chance(trouble.ratio) ? { kind: "drop" } : { kind: "answer", ms };
      case "erring":
        return dice.chance(trouble.ratio) ? this.#err(trouble.form, ms) : { kind: "answer", ms };
      case "refusing":
        if (this.kind === "stdio") return { kind: "answer", ms, error: true };
        return { kind: "fault", fault: this.#refuse(trouble.why), ms, executes: false };
    }
  }

  #err(form: "status" | "garbage" | "rpc", ms: number): Treatment {
    const { name: server } = this;
    if (form === "rpc") return { kind: "answer", ms, error: true };
    const executes = this.parts.dice.chance(0.5);
    if (form === "garbage" || this.kind === "stdio") {
      const fault = new Fault("UPSTREAM_PROTOCOL", `${server} answered garbage.`, {
        server,
        circumstance: { sent: true },
      });
      return { kind: "fault", fault, ms, executes };
    }
    const details = { server, circumstance: { sent: true, status: 500 } };
    const fault = new Fault("UPSTREAM_UNAVAILABLE", `${server} failed while answering (HTTP 500).`, details);
    return { kind: "fault", fault, ms, executes };
  }

  #refuse(why: "auth" | "throttled"): Fault {
    const { name: server } = this;
    if (why === "auth") return new Fault("UPSTREAM_AUTH", `${server} refuses the credentials (HTTP 401).`, { server });
    return new Fault("UPSTREAM_UNAVAILABLE", `${server} accepts no requests now (HTTP 429).`, {
      server,
      retryAfterMs: 1_000,
      circumstance: { status: 429 },
    });
  }

  /** No connection could be made. */
  refused(): Fault {
    const { name: server } = this;
    return new Fault("UPSTREAM_UNAVAILABLE", `${server} could not be reached. Nothing was sent.`, { server });
  }
}
