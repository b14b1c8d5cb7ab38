// Which upstream is meant, and what does it call the thing? Names and URIs of the endpoint become the upstream's own.
import { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import type { World } from "#lib/world.ts";
import { paramHeaders } from "#mcp/param-headers.ts";
import { unmapUri } from "#mcp/uris.ts";
import { SEPARATOR } from "#policy/namespace.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Call, OuterLayer, Target } from "./call.ts";

export interface ResolveDeps {
  readonly world: World;
  readonly catalog: Catalog;
  /** Undefined when no such server is configured. */
  readonly definition: (server: string) => UpstreamDefinition | undefined;
  /** Resolves once the server's lists have been read; throws why it cannot be reached. */
  readonly firstContact: (server: string, signal: CancelSignal) => Promise<void>;
}

/** What `resolve` finds out: the server, the parameters in its own words, and the tool when one is called. */
type Found = Pick<Target, "server" | "params" | "headers" | "tool">;

export function resolve(deps: ResolveDeps): OuterLayer {
  return (next) => (call) => {
    const found = find(deps.catalog, call);
    return found === undefined ? late(deps, call).then(() => next(call)) : (aim(deps, call, found) ?? next(call));
  };
}

// A server that has not answered yet may still know the name: wait for its first contact, then look once more.
async function late(deps: ResolveDeps, call: Call): Promise<void> {
  if (call.view !== null && deps.definition(call.view) === undefined) throw unknownServer(call.view);
  const server = call.view ?? serverInName(call);
  const definition = server === undefined ? undefined : deps.definition(server);
  if (definition !== undefined) call.server = definition.name;
  if (definition !== undefined && deps.catalog.snapshot(definition.name) === undefined) {
    if (!definition.enabled) throw disabled(definition.name);
    await contact(deps, call, definition);
  }
  const found = find(deps.catalog, call);
  if (found === undefined) throw notFound(call);
  await aim(deps, call, found);
}

// The deadline is a layer below; a start may last longer than this call can wait.
async function contact(
  { world, firstContact }: ResolveDeps,
  call: Call,
  definition: UpstreamDefinition,
): Promise<void> {
  const { name, timeoutMs } = definition;
  const cancel = world.after(timeoutMs, () => call.control.abort(slowStart(name, timeoutMs)));
  await firstContact(name, call.control.signal).finally(cancel);
}

const slowStart = (server: string, timeoutMs: number): Fault =>
  new Fault(
    "UPSTREAM_TIMEOUT",
    `${server} has not started within ${timeoutMs} ms; nothing was sent to it, and it is still being started.`,
    { server },
  );

const serverInName = (call: Call): string | undefined =>
  call.kind === "resource" ? unmapUri(call.name)?.server : call.name.split(SEPARATOR, 1)[0];

function aim(deps: ResolveDeps, call: Call, found: Found): Promise<never> | undefined {
  const definition = deps.definition(found.server);
  if (definition === undefined) return Promise.reject(notFound(call));
  if (!definition.enabled) return Promise.reject(disabled(found.server));
  call.server = found.server;
  call.target = {
    server: found.server,
    params: found.params,
    headers: found.headers,
    timeoutMs: definition.timeoutMs,
    // Only a trusted server's word about its tools is believed.
    repeatable: found.tool === undefined || (found.tool.claimsRepeatable && definition.trusted),
    definition,
    era: deps.catalog.snapshot(found.server)?.era ?? "legacy",
    tool: found.tool,
  };
  return undefined;
}

const notFound = (call: Call): Fault => {
  const where = call.view === null ? "here" : `by ${call.view}`;
  const what = call.kind === "resource" ? "Resource not found" : `Unknown ${call.kind}`;
  const name = call.name.length > SHOWN ? `${call.name.slice(0, SHOWN).toWellFormed()}...` : call.name;
  const list = call.kind === "resource" || call.kind === "completion" ? "resources or prompts" : `${call.kind}s`;
  return new Fault("TOOL_NOT_FOUND", `${what}: ${name} is not served ${where}; list the ${list} again.`);
};

/** Characters of a caller's name that are repeated to it. */
const SHOWN = 100;

const unknownServer = (server: string): Fault =>
  new Fault("SERVER_NOT_FOUND", `No server named ${server.slice(0, 40)} is configured.`, { server });

const disabled = (server: string): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} is disabled; it must be enabled before it can be used.`, {
    server,
  });

function find(catalog: Catalog, call: Call): Found | undefined {
  switch (call.kind) {
    case "tool":
      return findTool(catalog, call);
    case "prompt":
      return findPrompt(catalog, call);
    case "resource":
      return findResource(catalog, call);
    case "completion":
      return findCompletion(catalog, call);
  }
}

function findTool(catalog: Catalog, call: Call): Found | undefined {
  const tool = catalog.tool(call.view, call.name);
  if (tool === undefined) return undefined;
  const args = call.params.arguments;
  const legacy = catalog.snapshot(tool.server)?.era !== "modern";
  return {
    server: tool.server,
    // Legacy servers built on an empty schema refuse a call without arguments.
    params: { ...call.params, name: tool.name, ...(legacy && args === undefined ? { arguments: {} } : undefined) },
    headers: tool.headerParams.length === 0 ? undefined : paramHeaders(tool.headerParams, isObject(args) ? args : {}),
    tool,
  };
}

function findPrompt(catalog: Catalog, call: Call): Found | undefined {
  const prompt = catalog.prompt(call.view, call.name);
  return (
    prompt && {
      server: prompt.server,
      params: { ...call.params, name: prompt.name },
      headers: undefined,
      tool: undefined,
    }
  );
}

function ownUri(catalog: Catalog, view: Call["view"], uri: string): { server: string; uri: string } | undefined {
  const own = view === null ? unmapUri(uri) : { server: view, uri };
  return own !== undefined && catalog.snapshot(own.server) !== undefined ? own : undefined;
}

function findResource(catalog: Catalog, call: Call): Found | undefined {
  const own = ownUri(catalog, call.view, call.name);
  return own && { server: own.server, params: { ...call.params, uri: own.uri }, headers: undefined, tool: undefined };
}

function findCompletion(catalog: Catalog, call: Call): Found | undefined {
  const ref = call.params.ref as JsonObject;
  const aimed = (server: string, own: JsonObject): Found => ({
    server,
    params: { ...call.params, ref: { ...ref, ...own } },
    headers: undefined,
    tool: undefined,
  });
  if (typeof ref.uri === "string") {
    const own = ownUri(catalog, call.view, ref.uri);
    return own && aimed(own.server, { uri: own.uri });
  }
  const prompt = catalog.prompt(call.view, call.name);
  return prompt && aimed(prompt.server, { name: prompt.name });
}
