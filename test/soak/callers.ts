// How does the soak call a tool on each face of the gateway? On kept raw connections, because a client library would cost more
// than the gateway. Every answer is checked to the letter, but for servers that are just being restarted: there a fault is right too.
import { Client } from "undici";
import { openSession, type Reply, send } from "../../bench/session.ts";
import type { TestGateway } from "../kit.ts";
import { modern } from "../raw.ts";

export interface Caller {
  /** One call of the modern era on the aggregate endpoint. */
  modern(server: string): Promise<void>;
  rest(server: string): Promise<void>;
  close(): Promise<void>;
}

let lastId = 0;

/** Whether a server may be away when it is called. */
export const isFlaky = (server: string): boolean => server.startsWith("flaky");

export function createCaller(gateway: TestGateway): Caller {
  const client = new Client(gateway.url, { pipelining: 1, bodyTimeout: 60_000, headersTimeout: 60_000 });
  const restHeaders = { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" };
  return {
    async modern(server) {
      const id = ++lastId;
      const params = { name: `${server}__echo`, arguments: { message: messageOf(id) } };
      const { path, headers, body } = modern("/mcp", { id, method: "tools/call", params });
      const accept = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      const all = { ...accept, ...(headers as Record<string, string>) };
      check(server, id, await send(client, { path, method: "POST", headers: all, body: body as string }));
    },
    async rest(server) {
      const id = ++lastId;
      const body = JSON.stringify({ server, tool: "echo", arguments: { message: messageOf(id) } });
      const path = "/api/tools/call";
      check(server, id, await send(client, { path, method: "POST", headers: restHeaders, body }));
    },
    close: () => client.close(),
  };
}

/** Opens a legacy session on a connection of its own, makes so many calls in it, and deletes it. */
export async function legacyLife(gateway: TestGateway, server: string, calls: number): Promise<void> {
  const session = await openSession({ url: `${gateway.url}/mcp`, tool: `${server}__echo`, bytes: 0 });
  for (let i = 0; i < calls; i++) await session.call();
  await session.close();
}

const messageOf = (id: number): string => `call ${id} of the soak`;

interface Answer {
  readonly result?: { readonly content?: readonly { readonly text?: string }[]; readonly isError?: boolean };
  readonly error?: { readonly code?: unknown };
}

function check(server: string, id: number, { status, body }: Reply): void {
  const { result, error } = JSON.parse(body.toString()) as Answer;
  if (status === 200 && result?.isError !== true && result?.content?.[0]?.text === messageOf(id)) return;
  const isFault = result?.isError === true || error?.code !== undefined;
  if (isFlaky(server) && isFault) return;
  throw new Error(`call ${id} of ${server} got HTTP ${status}: ${body.toString("utf8", 0, 300)}`);
}
