// How are the commands about keys written? List, create, revoke; each loads when it is run.
import { type Command, Option } from "commander";
import { ROLES } from "#contract/access.ts";
import { type CommonOptions, client, endsOf, type Setting } from "./command.ts";
import type { CreateKeyOptions } from "./keys.ts";

/** Adds `keys` with everything below it. */
export function addKeyCommands(program: Command, { deps, done }: Setting): void {
  const list = async (options: CommonOptions): Promise<void> => {
    const { listKeys } = await import("./keys.ts");
    done(await listKeys(endsOf(options, deps), options));
  };
  const keys = client(program, "keys", "keys for people and programs: list them; make or revoke one");
  keys.action(list);
  const listAlone = client(keys, "list", "the same as keys alone");
  listAlone.action(() => list(listAlone.optsWithGlobals<CommonOptions>()));

  const role = new Option(
    "--role <ROLE>",
    "viewer looks, operator also calls tools and steers servers, admin may do everything",
  ).choices(ROLES);
  const create = client(keys, "create", "make a key and print it, once")
    .argument("<NAME>")
    .addOption(role.default("viewer"))
    .option("--expires-in-days <N>", "1 to 3650 (default: it never expires)");
  create.action(async (name: string) => {
    const { createKey } = await import("./keys.ts");
    const options = create.optsWithGlobals<CommonOptions & CreateKeyOptions>();
    done(await createKey(name, endsOf(options, deps), options));
  });

  const revoke = client(keys, "revoke", "end a key, and whatever it let in").argument("<NAME_OR_ID>");
  revoke.action(async (nameOrId: string) => {
    const { revokeKey } = await import("./keys.ts");
    const options = revoke.optsWithGlobals<CommonOptions>();
    done(await revokeKey(nameOrId, endsOf(options, deps), options));
  });
}
