// What do all commands share? What they need from the program, and the flags of every command that asks a running gateway.
import type { Command } from "commander";
import { createGateway, type Gateway, type GatewayAddress } from "./gateway.ts";
import type { Terminal } from "./terminal.ts";

/** What the client commands need from the program. */
export interface ClientDeps {
  readonly terminal: Terminal;
  /** Where the gateway is, judged by flags and environment. Throws USAGE. */
  address(flags: { readonly url?: string; readonly dataDir?: string }): GatewayAddress;
}

/** Where a command is added, with what, and whom it tells its exit code. */
export interface Setting<D extends ClientDeps = ClientDeps> {
  readonly deps: D;
  readonly done: (exitCode: number) => void;
}

export interface CommonOptions {
  readonly url?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** Whom a command asks and where it writes. */
export interface Ends {
  readonly gateway: Gateway;
  readonly terminal: Terminal;
}

export const endsOf = (options: CommonOptions, { terminal, address }: ClientDeps): Ends => ({
  gateway: createGateway(address(options)),
  terminal,
});

const GROUP = "Ask a running gateway:";

/** A command that asks a running gateway; it has `--url`, `--data-dir` and `--json`. */
export function client(parent: Command, name: string, text: string): Command {
  return parent
    .command(name)
    .helpGroup(GROUP)
    .description(text)
    .option("--url <URL>", "address of the gateway [OMNI2_URL] (default: http://127.0.0.1:8000)")
    .option("--data-dir <DIR>", "where to find the gateway's token [OMNI2_DATA_DIR] (default: ./.omni2)")
    .option("--json", "print the whole answer as JSON");
}
