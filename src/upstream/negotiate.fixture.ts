// What do tests of the negotiation connect to? A definition, a link that is closed at the end, and a small HTTP server.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import type { TransportDefinition, UpstreamDefinition } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { type Negotiated, type NegotiateOptions, negotiate } from "./negotiate.ts";
import { createOpenTransport } from "./open-transport.ts";

export const openTransport = createOpenTransport({
  world: systemWorld,
  log: silentLog,
  environment: process.env,
  gateway: "g1",
});

const definitionOf = (transport: TransportDefinition, startTimeoutMs = 10_000): UpstreamDefinition => ({
  name: "files",
  origin: "file",
  enabled: true,
  description: "",
  trusted: false,
  timeoutMs: 5_000,
  ...settingsOf("default", "http"),
  health: { ...settingsOf("default", "http").health, startTimeoutMs },
  hideAfterMs: 0,
  tools: { allow: ["*"], deny: [] },
  transport,
});

export async function connect(
  t: TestContext,
  transport: TransportDefinition,
  { startTimeoutMs, ...more }: Partial<NegotiateOptions> & { readonly startTimeoutMs?: number } = {},
): Promise<Negotiated> {
  const link = await negotiate(definitionOf(transport, startTimeoutMs), {
    world: systemWorld,
    openTransport,
    identity: { name: "omni2", version: "1" },
    mayStartAgain: () => true,
    signal: new AbortController().signal,
    hint: undefined,
    onListChanged: () => {},
    ...more,
  });
  t.after(() => link.client.close());
  return link;
}

export interface Seen {
  /** `POST server/discover`, `GET`, ... in the order of arrival. */
  readonly seen: string[];
  readonly url: string;
}

export type Answer = (asked: { verb: string; message: JsonObject }, res: ServerResponse) => void;

export async function serve(t: TestContext, answer: Answer): Promise<Seen> {
  const seen: string[] = [];
  const server = createServer(async (req: IncomingMessage, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    const message: unknown = body === "" ? {} : JSON.parse(body);
    if (!isObject(message)) return;
    seen.push([req.method, message.method].filter(Boolean).join(" "));
    answer({ verb: req.method ?? "", message }, res);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` };
}
