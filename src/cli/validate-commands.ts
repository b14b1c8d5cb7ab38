// How are the validation commands written? Three depths: the parts alone, a running gateway looked at, a running gateway put to
// work. What they do is handed in, because it needs more than a client has.
import type { Command } from "commander";
import { type ClientDeps, type CommonOptions, client, type Setting } from "./command.ts";

export interface SimpleFlags extends CommonOptions {
  readonly databaseUrl?: string;
}

/** Each prints what it found and resolves to the exit code: 0 when every check passed, else 1. */
export interface Validation {
  quick(options: { readonly json?: boolean }): Promise<number>;
  simple(flags: SimpleFlags): Promise<number>;
  comprehensive(flags: CommonOptions): Promise<number>;
}

export interface ValidateDeps extends ClientDeps {
  readonly validation: Validation;
}

/** Adds `validate` with everything below it. */
export function addValidateCommands(program: Command, { deps, done }: Setting<ValidateDeps>): void {
  const { validation } = deps;
  const validate = program
    .command("validate")
    .helpGroup("Without a gateway:")
    .description("show that everything works");
  validate
    .command("quick")
    .helpGroup("Without a gateway:")
    .description("breaker, cache and broadcaster alone: no database, no server, no network")
    .option("--json", "print every check as JSON")
    .action(async (options: { json?: boolean }) => done(await validation.quick(options)));
  client(
    validate,
    "simple",
    "look at a running gateway: database, configuration, servers, dashboard, live feed, metrics",
  )
    .option("--database-url <URL>", "its external database, to compare the schema [DATABASE_URL]")
    .action(async (flags: SimpleFlags) => done(await validation.simple(flags)));
  client(
    validate,
    "comprehensive",
    "put a running gateway to work with MCP servers brought along, twice; needs its admin token",
  ).action(async (flags: CommonOptions) => done(await validation.comprehensive(flags)));
}
