// How are the commands about servers written? List, add, remove, the verbs, and drills; each loads when it is run.
import { Argument, type Command, InvalidArgumentError } from "commander";
import type { ServerVerb } from "#contract/api.ts";
import type { ChaosOptions } from "./chaos.ts";
import { type CommonOptions, client, endsOf, type Setting } from "./command.ts";
import type { AddOptions } from "./servers.ts";

const VERBS: Readonly<Record<ServerVerb, string>> = {
  probe: "ask a server now whether it is well",
  reconnect: "end a server's connection or process and make a new one",
  enable: "run a server, whatever the configuration says",
  disable: "stop a server and keep it stopped",
  isolate: "refuse all calls to a server until it is released",
  release: "end the isolation of a server",
  "reset-breaker": "forget a server's failures and let calls through at once",
};

/** Adds `servers` with everything below it, and `chaos`. */
export function addServerCommands(program: Command, setting: Setting): void {
  const { deps, done } = setting;
  const servers = client(program, "servers", "list servers; add, remove or steer one");
  servers.action(async (options: CommonOptions) => {
    const { listServers } = await import("./servers.ts");
    done(await listServers(endsOf(options, deps), options));
  });
  addAdd(servers, setting);
  addRemove(servers, setting);
  for (const verb of Object.keys(VERBS) as ServerVerb[]) addVerb(servers, verb, setting);
  addChaos(program, setting);
}

function addAdd(servers: Command, { deps, done }: Setting): void {
  const add = client(servers, "add", "add a server by address, or by command after --")
    .argument("<NAME>")
    .argument("<TARGET...>", "an http(s) address, or a command and its arguments")
    .option("--type <TYPE>", "stdio, http or sse (default: by target)")
    .option("--header <NAME:VALUE>", "header of a remote server; repeatable", collect)
    .option("--env <NAME=VALUE>", "variable of a command; repeatable", collect)
    .option("--description <TEXT>", "a line for people")
    .option("--trusted", "believe the server's tool annotations");
  add.action(async (name: string, target: string[]) => {
    const { addServer } = await import("./servers.ts");
    const options = add.optsWithGlobals<CommonOptions & AddOptions>();
    done(await addServer({ name, target }, endsOf(options, deps), options));
  });
}

function addRemove(servers: Command, { deps, done }: Setting): void {
  const remove = client(servers, "remove", "remove a server that was added over REST").argument("<NAME>");
  remove.action(async (name: string) => {
    const { removeServer } = await import("./servers.ts");
    const options = remove.optsWithGlobals<CommonOptions>();
    done(await removeServer(name, endsOf(options, deps), options));
  });
}

function addVerb(servers: Command, verb: ServerVerb, { deps, done }: Setting): void {
  const command = client(servers, verb, VERBS[verb]).argument("<NAME>");
  command.action(async (name: string) => {
    const { actOnServer } = await import("./verbs.ts");
    const options = command.optsWithGlobals<CommonOptions>();
    done(await actOnServer({ name, verb }, endsOf(options, deps), options));
  });
}

function addChaos(program: Command, { deps, done }: Setting): void {
  const kind = new Argument(
    "<KIND>",
    "what happens to its calls: added latency, an error, no answer, a lost answer; or the end of it",
  );
  client(program, "chaos", "inject faults into a server's calls for a while, where omni2.chaos.enabled is set")
    .argument("<SERVER>")
    .addArgument(kind.choices(["latency", "error", "hang", "reset", "off"]))
    .option("--ratio <0-1>", "share of the calls that meet it (default: 1)")
    .option("--for <DURATION>", "such as 90s or 5m, at most 10m (default: 60s)")
    .option("--latency <MS>", "milliseconds that latency adds (default: 1000)")
    .action(async (server: string, kind: string, options: CommonOptions & ChaosOptions) => {
      const { runChaos } = await import("./chaos.ts");
      done(await runChaos({ server, kind }, endsOf(options, deps), options));
    });
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return [...earlier, value];
}
