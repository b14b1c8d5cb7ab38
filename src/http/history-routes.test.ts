import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CACHE_REPORT } from "#contract/cache.fixture.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { AUTH, errorOf, send } from "./client.fixture.ts";
import { stagedAs } from "./staged.fixture.ts";

const on = await stagedAs("operator");
const url = on.http.url;

describe("what happened", () => {
  const get = (line: string) => send(url, `GET ${line}`, { headers: AUTH });

  test("one call is told by its id, and an unknown id is a 404 that says why", async () => {
    assert.deepEqual(JSON.parse((await get("/api/calls/c_1")).text), recordOf());
    const unknown = await get("/api/calls/c_2");
    assert.deepEqual([unknown.status, errorOf(unknown).code], [404, "CALL_NOT_FOUND"]);
    assert.match(errorOf(unknown).message, /"c_2": the id is wrong, or the call is too old/);
  });

  test("calls and events come in pages", async () => {
    assert.deepEqual(JSON.parse((await get("/api/calls?limit=1&outcome=ok")).text), {
      items: [recordOf()],
      next: "more",
    });
    assert.deepEqual(JSON.parse((await get("/api/events?after=3&limit=5")).text), { items: [] });
  });

  for (const [line, where] of [
    ["/api/calls?limit=0", "limit"],
    ["/api/calls?limit=1001", "limit"],
    ["/api/calls?outcome=good", "outcome"],
    ["/api/calls?color=red", "the query"],
    ["/api/calls?server=a&server=b", "server"],
    ["/api/events?after=-1", "after"],
    ["/api/events?since=today", "since"],
    ["/api/events?until=1e30", "until"],
    ["/api/events?type=nothing", "type"],
  ] as const) {
    test(`${line} is refused with the place of the mistake`, async () => {
      const reply = await get(line);
      assert.deepEqual([reply.status, errorOf(reply).code], [400, "INVALID_REQUEST"]);
      assert.ok(errorOf(reply).message.startsWith(`The request is not valid: ${where}: `), errorOf(reply).message);
    });
  }

  test("pages forward and backward exclude each other", async () => {
    for (const both of [
      "after=1&before=x",
      "after=1&since=5",
      "since=5&before=x",
      "since=5&until=6",
      "after=1&until=6",
    ]) {
      assert.match(errorOf(await get(`/api/events?${both}`)).message, /exclude each other/, both);
    }
    assert.equal((await get("/api/events?until=6&before=x")).status, 200);
    assert.equal((await get("/api/events?since=5")).status, 200);
  });
});

describe("the cache over REST", () => {
  const clear = (query: string) => send(url, `DELETE /api/cache${query}`, { headers: AUTH });

  test("its numbers are for everybody who may look", async () => {
    on.role = "viewer";
    assert.deepEqual(JSON.parse((await send(url, "GET /api/cache", { headers: AUTH })).text), CACHE_REPORT);
    assert.deepEqual([(await clear("")).status, on.acts.length], [403, 0]);
  });

  for (const [query, selection] of [
    ["", {}],
    ["?server=files", { server: "files" }],
    ["?server=files&tool=read", { server: "files", tool: "read" }],
  ] as const) {
    test(`DELETE /api/cache${query} answers how many answers were dropped`, async () => {
      const reply = await clear(query);
      assert.deepEqual([reply.status, JSON.parse(reply.text)], [200, { removed: 3 }]);
      assert.deepEqual(on.acts[0]?.slice(0, 2), ["cache", selection]);
    });
  }

  for (const [query, status, words] of [
    ["?tool=read", 400, /needs its server beside it/],
    ["?server=", 400, /not valid: server: /],
    ["?server=files&server=web", 400, /not valid: server: /],
    ["?Server=files", 400, /Server/],
    ["?server=nope", 404, /No server is named "nope"/],
  ] as const) {
    test(`DELETE /api/cache${query} drops nothing`, async () => {
      const reply = await clear(query);
      assert.equal(reply.status, status);
      assert.match(errorOf(reply).message, words);
      assert.equal(on.acts.length, 0);
    });
  }
});
