// How many processes does a command have, and how often are they started? Each rule about starts is judged here.
import type { TransportDefinition, UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { Watch } from "./watch.ts";

/** Timers may come a moment early. */
const EARLY_MS = 10;
const START_WINDOW_MS = 30_000 - EARLY_MS;
const STARTS_IN_WINDOW = 5;

/** Of one server's name. */
interface Command {
  living: number;
  starts: number[];
  /** The next start was asked for. */
  freeStart: boolean;
}

export class ProcessBook {
  readonly #watch: Watch;
  readonly #commands = new Map<string, Command>();
  /** Living processes by the transport they were started for: a changed transport is another server. */
  readonly #living = new Map<TransportDefinition, number>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  living(server: string): number {
    return this.#of(server).living;
  }

  changed(server: string, { transport }: UpstreamDefinition, step: 1 | -1): void {
    const count = (this.#living.get(transport) ?? 0) + step;
    const command = this.#of(server);
    this.#living.set(transport, count);
    command.living += step;
    this.#watch.note(step === 1 ? "process starts" : "process ends", server, count);
    if (count > 1) this.#watch.broken("one process", server, `${count} processes of one supervisor live`);
    if (command.living > 2) this.#watch.broken("one process", server, `${command.living} processes live`);
  }

  /** Somebody did something that may lead to a start. */
  asked(server: string): void {
    this.#of(server).freeStart = true;
  }

  /** A link is started. */
  connecting(server: string, definition: UpstreamDefinition): void {
    this.#watch.note("connects", server);
    this.#watch.acts(server, definition, "connects");
    if (definition.transport.kind === "stdio") this.#judgeIntensity(server);
  }

  /** Its supervisor says that it has stopped. */
  retired(server: string, transport: TransportDefinition): void {
    const living = this.#living.get(transport) ?? 0;
    if (living > 0)
      this.#watch.broken("one process", server, `${living} processes live after their supervisor was stopped`);
  }

  #judgeIntensity(server: string): void {
    const command = this.#of(server);
    const since = this.#watch.now - START_WINDOW_MS;
    command.starts = command.starts.filter((at) => at > since);
    if (!command.freeStart) command.starts.push(this.#watch.now);
    command.freeStart = false;
    if (command.starts.length > STARTS_IN_WINDOW && !this.#watch.isMeddledWith(server, START_WINDOW_MS))
      this.#watch.broken("restart intensity", server, `${command.starts.length} starts within 30 s`);
  }

  #of(server: string): Command {
    let command = this.#commands.get(server);
    if (command === undefined) {
      command = { living: 0, starts: [], freeStart: false };
      this.#commands.set(server, command);
    }
    return command;
  }
}
