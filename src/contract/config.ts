// What may stand in a configuration document? One schema with one text per field: meaning, unit, default and bound.
// It judges a document and generates docs/config.md; it never expands a variable and never reads a file.
import * as z from "zod";
import { cacheConfigSchema, cacheFields, cacheLimitFields } from "./config-cache.ts";

/** Servers accepted in one configuration, over all its files. */
export const MAX_SERVERS = 1_000;
/** Characters accepted in one value, before and after variables are expanded. */
export const MAX_VALUE_LENGTH = 32_768;

const DAY_MS = 86_400_000;
const text = z.string().max(MAX_VALUE_LENGTH);
const flag = z.boolean();
const whole = (low: number, high: number) => z.int().min(low).max(high);
const plain = z
  .union([text, z.number(), z.boolean()], { error: "expected text, a number or true/false" })
  .transform(String);
const patterns = z.array(text).max(1_000);

const healthConfigSchema = z.object({
  intervalMs: whole(1_000, 3_600_000)
    .optional()
    .describe(
      "Time between probes of a server in use, in milliseconds. Default 10000 (`classic`: 30000), 1000 to 3600000.",
    ),
  timeoutMs: whole(100, 60_000)
    .optional()
    .describe("Time allowed for a probe's answer, in milliseconds. Default 5000, over stdio 2000; 100 to 60000."),
  startTimeoutMs: whole(100, 600_000)
    .optional()
    .describe(
      "Time allowed from the start to the end of the handshake, in milliseconds. Default 10000, over stdio 30000 because a command may have to be downloaded first; 100 to 600000.",
    ),
});
const breakerConfigSchema = z.object({
  failures: whole(1, 1_000)
    .optional()
    .describe("Consecutive failures after which calls are refused. Default 5, 1 to 1000."),
  failureRatio: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "Share of failed calls, among at least 10 in 30 s, from which on calls are refused; 1: only when all failed. Default 0.5 (`classic`: this rule is off), above 0 to 1.",
    ),
  openMs: whole(100, 3_600_000)
    .optional()
    .describe(
      "How long calls are refused before a trial, in milliseconds; doubles with every failed one. Default 5000 (`classic`: 60000, fixed), 100 to 3600000.",
    ),
  maxOpenMs: whole(100, 3_600_000)
    .optional()
    .describe("Longest such time, in milliseconds. Default 300000 (`classic`: 60000), 100 to 3600000."),
  autoDisableAfterCycles: whole(0, 1_000)
    .optional()
    .describe("Failed cycles in a row after which a server is disabled. Default 0 (never; `classic`: 3), up to 1000."),
});
const limitsConfigSchema = z.object({
  inFlight: whole(1, 10_000)
    .optional()
    .describe("Calls running at one server at a time. Default 128 over HTTP and 32 over stdio, 1 to 10000."),
  perPrincipal: whole(1, 10_000)
    .optional()
    .describe("Of these, those of one caller. Default 64 over HTTP and 24 over stdio, 1 to 10000."),
  queue: whole(0, 10_000).optional().describe("Calls that may wait for a place. Default 128, 0 to 10000."),
  queueMs: whole(0, 60_000).optional().describe("How long they may wait, in milliseconds. Default 3000, 0 to 60000."),
});

/** One entry of `mcpServers`. */
export const serverEntrySchema = z.object({
  type: z
    .enum(["stdio", "http", "streamable-http", "sse"])
    .optional()
    .describe(
      "How to reach the server. Default: `stdio` where a command is given; where a URL is given, `http` (the same as `streamable-http`), falling back to `sse`.",
    ),
  command: text
    .min(1)
    .optional()
    .describe("Program to start (stdio). Variables expand. A path with a slash counts from this file's folder."),
  args: z
    .array(plain)
    .max(1_000)
    .optional()
    .describe("Arguments of the command. Default none, at most 1000. Variables expand."),
  env: z.record(z.string(), plain).optional().describe("Environment of the command. Default none. Variables expand."),
  cwd: text
    .min(1)
    .optional()
    .describe("Working folder of the command, counted from this file's folder, which is also the default."),
  url: text.min(1).optional().describe("Address of a remote server, http or https. Variables expand."),
  serverUrl: text.min(1).optional().describe("The same as `url`."),
  httpUrl: text.min(1).optional().describe("The same as `url`."),
  headers: z
    .record(z.string(), plain)
    .optional()
    .describe("Headers sent to a remote server. Default none. Variables expand."),
  enabled: flag.optional().describe("Whether the server is started. Default true."),
  description: text.max(1_000).optional().describe("A line for people. Default empty, at most 1000 characters."),
  trusted: flag
    .optional()
    .describe("Whether the server's own tool annotations (such as `readOnlyHint`) are believed. Default false."),
  prefix: z
    .enum(["always", "never"])
    .optional()
    .describe(
      "Whether names on the shared endpoint are `server__tool`: `always` (default), or `never` where no other server has the name.",
    ),
  timeoutMs: whole(1, 600_000)
    .optional()
    .describe("Time allowed for one call, in milliseconds. Default 60000, 1 to 600000."),
  tools: z
    .object({
      allow: patterns.optional().describe('Tools shown, as names or patterns (`*`). Default `["*"]`, at most 1000.'),
      deny: patterns.optional().describe("Tools hidden; wins over `allow`. Default none, at most 1000."),
    })
    .optional()
    .describe("Which of the server's tools are served."),
  health: healthConfigSchema.optional().describe("How this server is probed."),
  breaker: breakerConfigSchema.optional().describe("When calls to this server are refused."),
  limits: limitsConfigSchema.optional().describe("How much this server is asked to do at once."),
  cache: cacheConfigSchema.optional().describe("Which of this server's results may be kept."),
});
export type ServerEntry = z.infer<typeof serverEntrySchema>;

/** The `omni2` block: defaults for all servers, and what concerns the gateway as a whole. */
export const omni2BlockSchema = z.object({
  preset: z
    .enum(["default", "classic"])
    .optional()
    .describe("Set of defaults: `default`, or `classic` for the fixed times of earlier versions."),
  cache: z
    .object({ ...cacheFields, ...cacheLimitFields })
    .optional()
    .describe("Defaults of every server's `cache`, and the bounds of the whole."),
  health: healthConfigSchema.optional().describe("Defaults of every server's `health`."),
  breaker: breakerConfigSchema.optional().describe("Defaults of every server's `breaker`."),
  limits: limitsConfigSchema.optional().describe("Defaults of every server's `limits`."),
  hideAfterMs: whole(0, DAY_MS)
    .optional()
    .describe(
      "How long a server may be down before its tools leave the lists, in milliseconds. Default 0 (never), up to 86400000.",
    ),
  meta: flag.optional().describe("Whether results carry `omni2/...` keys in `_meta`. Default true."),
  journal: z
    .object({
      callsPerSecond: whole(0, 100_000)
        .optional()
        .describe("Single call records stored per second. Default 200, 0 to 100000."),
    })
    .optional()
    .describe("What is written down of calls."),
  retention: z
    .object({
      callsDays: whole(1, 366).optional().describe("Days that call records are kept. Default 7, 1 to 366."),
      eventsDays: whole(1, 366).optional().describe("Days that events are kept. Default 30, 1 to 366."),
    })
    .optional()
    .describe("How long records are kept."),
  live: z
    .object({
      maxSockets: whole(1, 100_000).optional().describe("Live connections in all. Default 5000, 1 to 100000."),
      perUser: whole(1, 100_000).optional().describe("Live connections of one user. Default 10, 1 to 100000."),
      perAddress: whole(1, 100_000).optional().describe("Live connections from one address. Default 20, 1 to 100000."),
      newPerSecond: whole(1, 100_000)
        .optional()
        .describe("New live connections in a second, all callers together. Default 50, 1 to 100000."),
    })
    .optional()
    .describe("Limits of the live feed; loopback is exempt from all but the first."),
  chaos: z
    .object({ enabled: flag.optional().describe("Whether faults may be injected on request. Default false.") })
    .optional()
    .describe("Fault injection, for drills."),
  access: z
    .object({
      mcp: z
        .enum(["open", "token"])
        .optional()
        .describe("Who may call `/mcp` on loopback: `open` (every local client, default) or `token`."),
      hosts: z
        .array(z.string().min(1).max(300))
        .max(100)
        .optional()
        .describe(
          "Further names that the gateway answers for, `host` or `host:port`, for example behind a proxy. At most 100.",
        ),
      origins: z
        .array(z.string().min(1).max(300))
        .max(100)
        .optional()
        .describe(
          "Further pages that may call the gateway, as exact origins like `https://status.example.com`. At most 100.",
        ),
      allowCommands: flag
        .optional()
        .describe(
          "Whether a server added over REST may be a command of this machine and use its variables. Default false.",
        ),
    })
    .optional()
    .describe("Who may do what."),
});
export type Omni2Block = z.infer<typeof omni2BlockSchema>;

const serverMap = z.record(z.string(), serverEntrySchema);

/** A whole document as one file holds it. */
export const configDocumentSchema = z.object({
  $schema: z.string().optional().describe("Schema for editors; ignored."),
  mcpServers: serverMap.optional().describe("The servers by name, as MCP clients write them. At most 1000."),
  servers: serverMap.optional().describe("The same as `mcpServers`."),
  omni2: omni2BlockSchema.optional().describe("Settings of the gateway itself."),
});

/** All files merged: entries as written (variables not expanded, so free of what they stand for), by final name. */
export interface ConfigDocument {
  readonly servers: Readonly<Record<string, ServerEntry>>;
  readonly omni2: Omni2Block;
}
