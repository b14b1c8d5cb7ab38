// Which servers are there, and how is one added or removed? Only those added over REST can be removed again.
import type { ServerInput } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Ends } from "./command.ts";
import { nextTryAt, worstFirst } from "./status-words.ts";
import { printJson } from "./terminal.ts";
import { columns, duration, harmless } from "./text.ts";

export interface AddOptions {
  readonly json?: boolean;
  readonly type?: string;
  readonly header?: readonly string[];
  readonly env?: readonly string[];
  readonly description?: string;
  readonly trusted?: boolean;
}

type Cell = (server: ServerView, now: number) => string;
interface Column {
  readonly head: string;
  readonly cell: Cell;
  /** Left out while it has nothing to say about any server. */
  readonly rare?: boolean;
}

const COLUMNS: readonly Column[] = [
  { head: "NAME", cell: ({ name }) => name },
  { head: "STATUS", cell: ({ status }) => status },
  { head: "BREAKER", cell: ({ circuitState }) => (circuitState === "closed" ? "" : circuitState), rare: true },
  { head: "NEXT TRY", cell: nextTry, rare: true },
  { head: "TYPE", cell: ({ type }) => type },
  { head: "ORIGIN", cell: ({ origin }) => origin },
  { head: "TOOLS", cell: ({ tools }) => String(tools) },
  { head: "PROMPTS", cell: ({ prompts }) => String(prompts) },
  { head: "RESOURCES", cell: ({ resources }) => String(resources) },
  { head: "DESCRIPTION", cell: ({ description }) => description },
];

function nextTry(server: ServerView, now: number): string {
  const at = nextTryAt(server);
  if (at === null) return "";
  return at > now ? duration(at - now) : "now";
}

export async function listServers({ gateway, terminal }: Ends, options: { json?: boolean }): Promise<number> {
  const { items } = await gateway.ask("GET /api/servers");
  if (options.json === true) printJson(terminal, items);
  else if (items.length === 0)
    terminal.print("No servers. Add one with `omni2 servers add`, or in the configuration file.");
  else for (const line of columns(serverTable(items), terminal.width)) terminal.print(line);
  return 0;
}

function serverTable(servers: readonly ServerView[]): string[][] {
  const now = Date.now();
  const shown = COLUMNS.filter(({ cell, rare }) => !rare || servers.some((server) => cell(server, now) !== ""));
  return [
    shown.map(({ head }) => head),
    ...worstFirst(servers).map((server) => shown.map(({ cell }) => cell(server, now))),
  ];
}

/** `target` is an http(s) address, or a command followed by its arguments. */
export async function addServer(
  { name, target }: { name: string; target: readonly string[] },
  { gateway, terminal }: Ends,
  options: AddOptions,
): Promise<number> {
  const body = serverInput(name, target, options);
  const view = await gateway.ask("POST /api/servers", { body, timeoutMs: 60_000 });
  if (options.json === true) printJson(terminal, view);
  else terminal.print(harmless(`Added ${view.name} (${view.type}), now ${view.status}.`));
  return 0;
}

export async function removeServer(
  name: string,
  { gateway, terminal }: Ends,
  options: { json?: boolean },
): Promise<number> {
  await gateway.ask("DELETE /api/servers/{name}", { params: { name }, timeoutMs: 60_000 });
  if (options.json === true) printJson(terminal, { removed: name });
  else terminal.print(`Removed ${harmless(name)}.`);
  return 0;
}

/** The definition that a command line describes. Throws USAGE. */
export function serverInput(name: string, target: readonly string[], options: AddOptions): ServerInput {
  const [first = "", ...rest] = target;
  const isRemote = /^https?:\/\//i.test(first);
  if (isRemote && rest.length > 0) throw new Fault("USAGE", "An address takes no arguments; use --header for headers.");
  return {
    name,
    ...(isRemote ? { url: first } : { command: first, args: rest }),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.header === undefined
      ? {}
      : { headers: pairs(options.header, /^([^:]+):\s*(.*)$/s, "--header NAME:VALUE") }),
    ...(options.env === undefined ? {} : { env: pairs(options.env, /^([^=]+)=(.*)$/s, "--env NAME=VALUE") }),
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.trusted === true ? { trusted: true } : {}),
  };
}

function pairs(given: readonly string[], form: RegExp, usage: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, key, value] = form.exec(text) ?? [];
      if (key === undefined || value === undefined) throw new Fault("USAGE", `Write ${usage}.`);
      return [key.trim(), value];
    }),
  );
}
