// Can somebody whose key was revoked finish what was begun before? A request is judged again when its body has arrived.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { bearer, createKey } from "./access-kit.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { JSON_TYPES, modern, send } from "./raw.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

describe("a body that is sent slowly", { timeout: 60_000 }, () => {
  let server: CountedServer;
  let gateway: TestGateway;
  before(async () => {
    server = await openCounted({ tools: { write: {} } });
    gateway = await startGateway({ servers: { own: { url: server.url } } });
  });
  after(async () => {
    await gateway.stop();
    await server.close();
  });

  /** Sends all but the last byte, revokes the key, sends the rest; answers the status. */
  async function across(path: string, { headers, body }: { headers: object; body: string }): Promise<number> {
    const { key, id } = await createKey(gateway, "slow", "admin");
    const all = { ...JSON_TYPES, ...headers, ...bearer(key), "content-length": Buffer.byteLength(body) };
    const sent = request(new URL(path, gateway.url), { method: "POST", agent: false, headers: all });
    sent.write(body.slice(0, -1));
    await once(sent, "socket").then(([socket]) => socket.connecting && once(socket, "connect"));
    // Its headers have been read when the gateway has answered somebody who came later.
    await send(gateway.url, { method: "GET", path: "/health" });
    assert.equal((await gateway.api("DELETE", `/api/keys/${id}`)).status, 204);
    sent.end(body.slice(-1));
    const [response] = await once(sent, "response");
    response.resume();
    return response.statusCode;
  }

  test("makes no key with one that was revoked meanwhile", async () => {
    const body = JSON.stringify({ name: "heir", role: "admin" });
    assert.equal(await across("/api/keys", { headers: {}, body }), 401);
    const { items } = (await gateway.api("GET", "/api/keys")).body as { items: { name: string }[] };
    assert.deepEqual(
      items.filter(({ name }) => name === "heir"),
      [],
    );
  });

  test("calls no tool with one that was revoked meanwhile", async () => {
    const params = { name: "own__write", arguments: {} };
    const { headers = {}, body } = modern("/mcp", { id: 1, method: "tools/call", params });
    assert.equal(await across("/mcp", { headers, body: String(body) }), 401);
    assert.equal(server.came("write"), 0);
  });
});
