// How does a test put one MCP question to an endpoint, whichever client carries it, and get the answer as plain JSON?
// A client here declares no capabilities and changes nothing that it can help.
import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as FirstClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as FirstHttpTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as FirstTransport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import type { JsonObject } from "#lib/json.ts";

export interface Question {
  readonly method: string;
  readonly params: JsonObject;
  /** What may differ between two answers of the same server: counters and clocks. */
  readonly varies?: RegExp;
}

export interface Asker {
  /** How much of an answer this client shows; absent when it shows the whole result. */
  show?(question: Question, answer: JsonObject): JsonObject;
  ask(question: Question): Promise<JsonObject>;
  close(): Promise<void>;
}

/** One server's definition, as far as tests use it. */
export type Target =
  | { readonly url: string; readonly type?: "http" | "sse" }
  | { readonly command: string; readonly args: string[]; readonly env?: Record<string, string> };

const INFO = { name: "omni2-test", version: "1.0.0" };
const anyResult = z.looseObject({});

function transportTo(target: Target): Transport {
  if ("command" in target) return new StdioClientTransport({ ...target, stderr: "ignore" });
  const url = new URL(target.url);
  return target.type === "sse" ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url);
}

/** SDK v2. `legacy` is its default; `auto` negotiates and speaks 2026-07-28 where it is spoken. */
export async function openSdk2(target: Target, mode: "legacy" | "auto"): Promise<Asker & { client: Client }> {
  const client = new Client(INFO, { versionNegotiation: { mode } });
  await client.connect(transportTo(target));
  return {
    client,
    ask: ({ method, params }) => client.request({ method, params }, anyResult),
    close: () => client.close(),
  };
}

/** SDK v1, which most clients in use are built on. */
export async function openSdk1(url: string): Promise<Asker> {
  const client = new FirstClient(INFO);
  await client.connect(new FirstHttpTransport(new URL(url)) as FirstTransport);
  return {
    ask: ({ method, params }) => client.request({ method, params }, ResultSchema),
    close: () => client.close(),
  };
}
