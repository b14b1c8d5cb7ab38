// How are the commands about the configuration written? Check files without a gateway; show, try, change and undo what one runs.
import type { Command } from "commander";
import { type ClientDeps, type CommonOptions, client, endsOf, type Setting } from "./command.ts";
import type { ChangeOptions, RevisionsOptions } from "./config.ts";

export interface ConfigCommandDeps extends ClientDeps {
  /** Checks configuration files; without any, those that `serve` would read. */
  validate(files: readonly string[], options: { readonly json?: boolean }): Promise<number>;
  /** What a file holds, JSON with comments or YAML. Throws CONFIG_INVALID. */
  readDocument(file: string): Promise<unknown>;
}

/** Adds `config` with everything below it. */
export function addConfigCommands(program: Command, setting: Setting<ConfigCommandDeps>): void {
  const { deps, done } = setting;
  const config = program
    .command("config")
    .helpGroup("Ask a running gateway:")
    .description("the configuration: check a file; show, change or undo what a gateway runs with")
    .helpCommand(false);
  config
    .command("validate")
    .helpGroup("Without a gateway:")
    .description("check files and show what they define; without FILE, those that serve would read")
    .argument("[FILE...]")
    .option("--json", "print the findings as JSON")
    .action(async (files: string[], options: { json?: boolean }) => done(await deps.validate(files, options)));
  client(config, "show", "what runs, without secrets").action(async (options: CommonOptions) => {
    const { showConfig } = await import("./config.ts");
    done(await showConfig(endsOf(options, deps), options));
  });
  client(config, "diff", "what applying a file would change").argument("<FILE>").action(applyFile(setting, true));
  client(config, "apply", "lay a file over what runs; null takes a value back to what the gateway's own files say")
    .argument("<FILE>")
    .option("--dry-run", "only tell what would change")
    .action(applyFile(setting, false));
  addRevisions(config, setting);
}

const applyFile =
  ({ deps, done }: Setting<ConfigCommandDeps>, always: boolean) =>
  async (file: string, options: CommonOptions & ChangeOptions): Promise<void> => {
    const { applyDocument } = await import("./config.ts");
    const document = await deps.readDocument(file);
    done(
      await applyDocument(document, endsOf(options, deps), { ...options, dryRun: always || options.dryRun === true }),
    );
  };

function addRevisions(config: Command, { deps, done }: Setting<ConfigCommandDeps>): void {
  client(config, "revisions", "what was changed, when and by whom, newest first")
    .option("--limit <N>", "at most so many, 1 to 1000 (default: 20)")
    .action(async (options: CommonOptions & RevisionsOptions) => {
      const { listRevisions } = await import("./config.ts");
      done(await listRevisions(endsOf(options, deps), options));
    });
  client(config, "rollback", "go back to what was set at a revision")
    .argument("<N>")
    .option("--dry-run", "only tell what would change")
    .action(async (n: string, options: CommonOptions & ChangeOptions) => {
      const { rollBack } = await import("./config.ts");
      done(await rollBack(n, endsOf(options, deps), options));
    });
}
