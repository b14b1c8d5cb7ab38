import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { openApp } from "./app.ts";
import { AUTH, errorOf, post, type Sending, send } from "./client.fixture.ts";
import { type Stage, stage, TOKEN } from "./stage.fixture.ts";

/** Route keys from the framework's tree of routes; HEAD goes with GET. */
function registered(tree: string): string[] {
  const above: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const [, indent = "", part = "", methods = ""] = /^([│ ]*)[├└]── (\S+) \((.*)\)$/.exec(line) ?? [];
    const depth = indent.length / 4;
    above.splice(depth, above.length, part);
    const path = above.join("").replace(/:(\w+)/g, "{$1}");
    return methods.split(", ").flatMap((method) => (method === "" || method === "HEAD" ? [] : [`${method} ${path}`]));
  });
}

describe("the route table", () => {
  let on: Stage;
  let url: string;
  before(async () => {
    on = await stage();
    url = on.http.url;
  });
  after(() => on.close());

  const pathOf = (key: string): string => key.replace("{name}", "files").replace("{id}", "c_1").replace("{n}", "1");
  const keys = Object.keys(ROUTES) as RouteKey[];

  test("and the app have the same routes: none is missing, none is extra", async () => {
    const app = await openApp(on.deps, {
      dashboardDir: "/nonexistent",
      recheckSockets() {},
      serverFactory: (handler) => createServer(handler),
    });
    assert.deepEqual(registered(app.printRoutes({ commonPrefix: false })).sort(), [...keys].sort());
    await app.close();
  });

  test("is all that answers under /api", async () => {
    for (const line of ["GET /api", "GET /api/", "GET /api/nothing", "PUT /api/servers", "GET /api/servers/files/x"]) {
      const reply = await send(url, line, { headers: AUTH });
      assert.equal(reply.status, 404, line);
      assert.equal(errorOf(reply).code, "METHOD_NOT_FOUND");
    }
  });

  for (const key of keys) {
    test(`${key} ${ROUTES[key].for === "everybody" ? "is open on loopback" : "answers 401 without a credential"}`, async () => {
      const wrong = { authorization: "Bearer wrong" };
      for (const headers of [{}, wrong, { cookie: "__Host-omni2=guess" }]) {
        const reply = await send(url, pathOf(key), { headers });
        assert.equal(reply.status === 401, ROUTES[key].for !== "everybody", `${reply.status} ${reply.text}`);
      }
      if (!key.startsWith("GET ")) return;
      const head = await send(url, pathOf(key).replace("GET", "HEAD"));
      assert.equal(head.status === 401, ROUTES[key].for !== "everybody", "HEAD as well");
    });

    test(`${key} refuses a foreign Host and a foreign Origin before anything else`, async () => {
      const foreign = { ...AUTH, host: "evil.example" };
      const host = await send(url, pathOf(key), { headers: foreign });
      assert.equal(host.status, 403);
      assert.equal(errorOf(host).code, "HOST_REJECTED");
      const origin = await send(url, pathOf(key), { headers: { ...AUTH, origin: "http://evil.example" } });
      assert.equal(origin.status, 403);
      assert.equal(errorOf(origin).code, "ORIGIN_REJECTED");
    });
  }

  test("answers match their published schemas", async () => {
    const bodies: Partial<Record<RouteKey, unknown>> = {
      "POST /api/servers": { name: "added", command: "x" },
      "POST /api/servers/{name}/chaos": { kind: "error" },
      "POST /api/tools/call": { server: "files", tool: "read" },
      "POST /api/login": { token: TOKEN },
      "POST /api/servers/discover": { name: "new", url: "http://127.0.0.1:1/mcp" },
      "POST /api/keys": { name: "ci" },
      "PATCH /api/config": {},
    };
    for (const key of keys.filter((key) => !key.startsWith("DELETE"))) {
      const given: Sending = key in bodies ? post(bodies[key]) : { headers: AUTH };
      const line = key === "GET /api/moment" ? `${key}?at=0` : pathOf(key);
      const reply = await send(url, line, { ...given, headers: { ...given.headers, "if-match": "1" } });
      const { answer } = ROUTES[key];
      assert.ok(reply.status < 300, `${key}: ${reply.status} ${reply.text}`);
      if (answer !== null) answer.parse(JSON.parse(reply.text));
      else if (key !== "GET /metrics") assert.equal(reply.status, 204, key);
    }
  });
});

test("a listener that others can reach keeps /health and /metrics closed too", async () => {
  const on = await stage({ host: "0.0.0.0" });
  const { url } = on.http;
  for (const line of ["GET /health", "GET /metrics"]) {
    assert.equal((await send(url, line)).status, 401, line);
    assert.equal((await send(url, line, { headers: AUTH })).status, 200, line);
  }
  for (const line of ["GET /livez", "GET /readyz"]) assert.equal((await send(url, line)).status, 200, line);
  await on.close();
});
