// How does a link come up? The SDK's Client negotiates the era on our transport; this file chooses what to try, and in which order.
import { Client, SdkHttpError } from "@modelcontextprotocol/client";
import { Fault, isFault } from "#contract/fault.ts";
import type { Era, TransportDefinition, UpstreamDefinition } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import type { Implementation } from "#mcp/protocol.ts";
import { ownShortage } from "./shortage.ts";
import { limitStart } from "./start-limit.ts";
import { CLOSED_BY_US, type CloseReason, type UpstreamTransport } from "./transport.ts";

/** A stdio server that ignores the probe for so long, or for half of its time to start, is legacy. */
const PROBE_TIMEOUT_MS = 5_000;
/** For the SDK's own timers: the limit on the whole start decides, which knows whether this process kept time. */
const NEVER_MS = 2 ** 31 - 1;
const LIST_CHANGED_DEBOUNCE_MS = 100;

export type TransportForm = TransportDefinition["kind"];
export type OpenTransport = (definition: UpstreamDefinition, form: TransportForm) => UpstreamTransport;

export interface Negotiated {
  readonly client: Client;
  readonly transport: UpstreamTransport;
  readonly form: TransportForm;
  readonly era: Era;
}

export interface NegotiateOptions {
  readonly world: World;
  readonly openTransport: OpenTransport;
  readonly identity: Implementation;
  readonly signal: AbortSignal;
  /** What an earlier link to the same definition found: its first try. */
  readonly hint: { readonly era: Era; readonly form: TransportForm } | undefined;
  /** Whether a command may be started once more within this connect. */
  readonly mayStartAgain: () => boolean;
  readonly onListChanged: (kind: "tools" | "prompts" | "resources") => void;
}

interface Attempt {
  readonly form: TransportForm;
  readonly mode: "auto" | "legacy";
}

/** Connects within the definition's time to start, or throws a Fault that says why not. Nothing is left open on failure. */
export async function negotiate(definition: UpstreamDefinition, options: NegotiateOptions): Promise<Negotiated> {
  const limit = limitStart(definition, options);
  try {
    let attempt: Attempt | undefined = firstAttempt(definition, options.hint);
    for (;;) {
      const outcome = await tryOnce(definition, attempt, { ...options, signal: limit.signal });
      if ("client" in outcome) return outcome;
      const next: Attempt | undefined = limit.signal.aborted ? undefined : nextAttempt(definition, attempt, outcome);
      const held = next?.form === "stdio" && !options.mayStartAgain();
      if (next === undefined || held) throw limit.fault() ?? connectFault(definition.name, outcome);
      attempt = next;
    }
  } finally {
    limit.end();
  }
}

function firstAttempt(definition: UpstreamDefinition, hint: NegotiateOptions["hint"]): Attempt {
  const form = hint?.form ?? definition.transport.kind;
  const legacy = form === "sse" || (form === "stdio" && hint?.era === "legacy");
  return { form, mode: legacy ? "legacy" : "auto" };
}

interface Failure {
  readonly error: unknown;
  readonly closeReason: CloseReason | undefined;
}

// A stdio server that exits on the unknown probe is started again as legacy; a URL without Streamable HTTP may be legacy SSE.
function nextAttempt(definition: UpstreamDefinition, attempt: Attempt, failure: Failure): Attempt | undefined {
  if (attempt.form === "stdio" && attempt.mode === "auto" && failure.closeReason?.exitCode !== undefined) {
    return { form: "stdio", mode: "legacy" };
  }
  const { transport } = definition;
  if (
    attempt.form === "http" &&
    transport.kind === "http" &&
    transport.sseFallback &&
    speaksNoStreamableHttp(failure.error)
  ) {
    return { form: "sse", mode: "legacy" };
  }
  return undefined;
}

function httpStatusOf(error: unknown): number | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SdkHttpError) return cause.status;
  }
  return undefined;
}

const speaksNoStreamableHttp = (error: unknown): boolean => {
  const status = httpStatusOf(error);
  return status === 400 || status === 404 || status === 405 || status === 406 || status === 415;
};

async function tryOnce(
  definition: UpstreamDefinition,
  attempt: Attempt,
  options: NegotiateOptions,
): Promise<Negotiated | Failure> {
  const transport = options.openTransport(definition, attempt.form);
  const probeMs =
    attempt.form === "stdio" ? Math.min(PROBE_TIMEOUT_MS, definition.health.startTimeoutMs / 2) : NEVER_MS;
  const client = createClient({ mode: attempt.mode, probeMs }, options);
  // The SDK hears the signal only after its first question; without a link that ends at once.
  const leave = (): void => void transport.close().catch(() => {});
  options.signal.addEventListener("abort", leave, { once: true });
  try {
    await client.connect(transport, { timeout: NEVER_MS, signal: options.signal });
    return { client, transport, form: attempt.form, era: client.getProtocolEra() === "modern" ? "modern" : "legacy" };
  } catch (error) {
    // Read before the close, which would put a reason of its own in the place of a missing one.
    const { closeReason } = transport;
    await transport.close().catch(() => {});
    return { error, closeReason };
  } finally {
    options.signal.removeEventListener("abort", leave);
  }
}

function createClient(
  { mode, probeMs }: { mode: Attempt["mode"]; probeMs: number },
  options: NegotiateOptions,
): Client {
  const changed = (kind: "tools" | "prompts" | "resources") => ({
    autoRefresh: false,
    debounceMs: LIST_CHANGED_DEBOUNCE_MS,
    onChanged: () => options.onListChanged(kind),
  });
  return new Client(options.identity, {
    capabilities: {},
    versionNegotiation: mode === "auto" ? { mode, probe: { timeoutMs: probeMs } } : { mode },
    listChanged: { tools: changed("tools"), prompts: changed("prompts"), resources: changed("resources") },
  });
}

function connectFault(server: string, { error, closeReason }: Failure): Fault {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (isFault(cause)) return cause;
  const shortage = ownShortage(server, error);
  if (shortage !== undefined) return shortage;
  const status = httpStatusOf(error);
  if (status === 401 || status === 403) {
    const message = `${server} refuses the gateway's credentials (HTTP ${status}). Check the headers of its definition.`;
    return new Fault("UPSTREAM_AUTH", message, { server, cause: error });
  }
  const told = closeReason?.message === CLOSED_BY_US ? undefined : closeReason?.message;
  const detail = told ?? (error instanceof Error ? error.message : String(error));
  return new Fault("UPSTREAM_UNAVAILABLE", `${server} could not be reached: ${detail}`, { server, cause: error });
}
