// Which URLs does a test use to reach servers through a gateway of its own, and when are they all up?
import { setTimeout as sleep } from "node:timers/promises";
import { startGateway } from "../kit.ts";
import { openSdk2 } from "./asker.ts";

/** A server's definition as it stands in the `mcpServers` map. */
export type Definition = Record<string, unknown>;

export interface Gateway {
  readonly aggregate: string;
  of(server: string): string;
  stop(): Promise<void>;
}

/** Starts a gateway with these servers and waits until it lists something of each. */
export async function openGateway(servers: Record<string, Definition>): Promise<Gateway> {
  const started = await startGateway({ servers });
  await Promise.all(Object.keys(servers).map((server) => untilListed(`${started.url}/mcp/${server}`)));
  return {
    aggregate: `${started.url}/mcp`,
    of: (server) => `${started.url}/mcp/${server}`,
    stop: () => started.stop(),
  };
}

const PATIENCE_MS = 30_000;
const PAUSE_MS = 100;

async function untilListed(url: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const tools = await listTools(url).catch((error: unknown) => error);
    if (Array.isArray(tools) && tools.length > 0) return;
    if (Date.now() > giveUpAt) throw new Error(`${url} lists no tools after ${PATIENCE_MS} ms`, { cause: tools });
    await sleep(PAUSE_MS);
  }
}

async function listTools(url: string): Promise<unknown> {
  const asker = await openSdk2({ url }, "legacy");
  try {
    return (await asker.ask({ method: "tools/list", params: {} })).tools;
  } finally {
    await asker.close();
  }
}
