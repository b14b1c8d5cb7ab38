import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AUTH, errorOf, post, send } from "./client.fixture.ts";
import { CONNECTIONS, DISCOVERY, FIGURE, MINUTE, STATE_AT, TIMELINE } from "./overview.fixture.ts";
import { stagedAs } from "./staged.fixture.ts";

const on = await stagedAs("admin");
const url = on.http.url;

const get = (line: string) => send(url, `GET ${line}`, { headers: AUTH });

describe("what can be looked up", () => {
  test("timelines, minutes, figures and connections are answered as they are", async () => {
    on.role = "operator";
    assert.deepEqual(JSON.parse((await get("/api/timeline?hours=2&server=files")).text), { items: [TIMELINE] });
    assert.deepEqual(JSON.parse((await get("/api/timeline")).text), { items: [TIMELINE] });
    assert.deepEqual(JSON.parse((await get("/api/moment?at=5")).text), { at: 5, servers: [STATE_AT] });
    assert.deepEqual(JSON.parse((await get("/api/servers/files/minutes?hours=168")).text), { items: [MINUTE] });
    assert.deepEqual(JSON.parse((await get("/api/figures")).text), { items: [FIGURE] });
    assert.deepEqual(JSON.parse((await get("/api/connections")).text), CONNECTIONS);
    assert.deepEqual(on.acts, [
      ["timeline", { hours: 2, server: "files" }],
      ["timeline", { hours: 24 }],
      ["moment", 5],
      ["minutes", "files", 168],
    ]);
  });

  for (const [line, where] of [
    ["/api/timeline?hours=0", "hours"],
    ["/api/timeline?hours=721", "hours"],
    ["/api/timeline?days=1", "the query"],
    ["/api/moment", "at"],
    ["/api/moment?at=yesterday", "at"],
    ["/api/moment?at=-1", "at"],
    ["/api/servers/files/minutes?hours=169", "hours"],
    ["/api/servers/files/minutes?hours=1.5", "hours"],
  ] as const) {
    test(`${line} is refused with the place of the mistake`, async () => {
      const reply = await get(line);
      assert.deepEqual([reply.status, errorOf(reply).code], [400, "INVALID_REQUEST"]);
      assert.ok(errorOf(reply).message.startsWith(`The request is not valid: ${where}: `), errorOf(reply).message);
    });
  }

  test("minutes of a server that is not configured are a 404", async () => {
    assert.equal(errorOf(await get("/api/servers/none/minutes")).code, "SERVER_NOT_FOUND");
  });

  test("a definition is looked behind as it would be added", async () => {
    const definition = { name: "new", url: "http://127.0.0.1:1/mcp" };
    const reply = await send(url, "POST /api/servers/discover", post(definition));
    assert.deepEqual([reply.status, JSON.parse(reply.text)], [200, DISCOVERY]);
    assert.deepEqual(on.acts, [["discover", definition, "admin"]]);
    const nameless = await send(url, "POST /api/servers/discover", post({ url: "http://127.0.0.1:1/mcp" }));
    assert.deepEqual([nameless.status, errorOf(nameless).code], [422, "CONFIG_INVALID"]);
  });

  test("the description of the routes needs no credential here", async () => {
    const reply = await send(url, "GET /api/openapi.json", {});
    assert.equal(reply.status, 200);
    assert.equal(JSON.parse(reply.text).openapi, "3.1.0");
  });
});
