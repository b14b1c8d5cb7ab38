// How are the commands about tools and their calls written? List, call, explain one call, and the cache; each loads when it is run.
import { type Command, Option } from "commander";
import { CACHE_REQUESTS } from "#contract/cache.ts";
import type { CallOptions } from "./call.ts";
import { type CommonOptions, client, endsOf, type Setting } from "./command.ts";

const WHERE_IDS_ARE = `
Where a CALL_ID stands:
  in the result of every call, as _meta["omni2/call"]; also in that of a call that the gateway could not answer
  in what \`omni2 call --json\` prints, as call.id
  in GET /api/calls, which lists the newest calls, and in call_finished frames on /ws
Calls of the last moments are known from memory, older ones as long as they are stored.`;

/** Adds `tools`, `call`, `explain` and `cache`. */
export function addCallCommands(program: Command, setting: Setting): void {
  addTools(program, setting);
  addCall(program, setting);
  addExplain(program, setting);
  addCache(program, setting);
}

function addTools(program: Command, { deps, done }: Setting): void {
  client(program, "tools", "list tools")
    .option("--server <NAME>", "only those of one server")
    .action(async (options: CommonOptions & { server?: string }) => {
      const { listTools } = await import("./tools.ts");
      done(await listTools(endsOf(options, deps), options));
    });
}

function addCall(program: Command, { deps, done }: Setting): void {
  client(program, "call", "call a tool and print its answer")
    .argument("<SERVER>")
    .argument("<TOOL>", "the server's own name of the tool")
    .argument("[key=value...]", "arguments, typed by the tool's schema")
    .option("--args <JSON>", "arguments as one JSON object")
    .addOption(new Option("--cache <MODE>", "use, bypass or refresh the cache").choices(CACHE_REQUESTS))
    .action(async (...given: [server: string, tool: string, pairs: string[], options: CommonOptions & CallOptions]) => {
      const [server, tool, pairs, options] = given;
      const { callTool } = await import("./call.ts");
      done(await callTool({ server, tool, pairs }, endsOf(options, deps), options));
    });
}

function addExplain(program: Command, { deps, done }: Setting): void {
  client(program, "explain", "what happened to one call: its way, its time, the cache's decision and why")
    .argument("<CALL_ID>")
    .addHelpText("after", WHERE_IDS_ARE)
    .action(async (id: string, options: CommonOptions) => {
      const { explainCall } = await import("./explain.ts");
      done(await explainCall(id, endsOf(options, deps), options));
    });
}

type StatsOptions = CommonOptions & { server?: string };

function addCache(program: Command, { deps, done }: Setting): void {
  const show = async (options: StatsOptions): Promise<void> => {
    const { showCache } = await import("./cache.ts");
    done(await showCache(endsOf(options, deps), options));
  };
  const cache = client(program, "cache", "what the cache did and saved, and what it would pay to keep");
  cache.option("--server <NAME>", "only one server").action(show);
  const stats = client(cache, "stats", "the same as cache alone").option("--server <NAME>", "only one server");
  stats.action(() => show(stats.optsWithGlobals<StatsOptions>()));
  const clear = client(cache, "clear", "drop what is kept: all of it, of a server, or of one of its tools");
  clear
    .argument("[SERVER]")
    .argument("[TOOL]", "the server's own name of the tool")
    .action(async (server: string | undefined, tool: string | undefined) => {
      const { clearCache } = await import("./cache.ts");
      const options = clear.optsWithGlobals<CommonOptions>();
      done(await clearCache({ server, tool }, endsOf(options, deps), options));
    });
}
