// What runs when a command was started? One process, which dies once; the news of its death may come later.
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { FakeServer } from "./fake-server.ts";

export class FakeProcess {
  lives = true;
  readonly #server: FakeServer;
  readonly #definition: UpstreamDefinition;

  constructor(server: FakeServer, definition: UpstreamDefinition) {
    this.#server = server;
    this.#definition = definition;
    server.parts.watch.processes.changed(server.name, definition, 1);
  }

  die(): void {
    if (!this.lives) return;
    this.lives = false;
    this.#server.parts.watch.processes.changed(this.#server.name, this.#definition, -1);
  }
}
