import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SERVER_VERBS } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import { AUTH, errorOf, post, send } from "./client.fixture.ts";
import { LOG_ENTRY, viewOf } from "./stage.fixture.ts";
import { stagedAs } from "./staged.fixture.ts";

const on = await stagedAs("admin");
const url = on.http.url;

describe("steering a server", () => {
  for (const verb of SERVER_VERBS) {
    const line = `POST /api/servers/files/${verb}`;
    test(`${verb} is for operators and answers the new view`, async () => {
      on.role = "operator";
      const reply = await send(url, line, { headers: AUTH });
      assert.equal(reply.status, 200);
      assert.deepEqual(JSON.parse(reply.text), viewOf("files"));
      assert.deepEqual(on.acts, [["files", verb]]);
      on.role = "viewer";
      const refused = await send(url, line, { headers: AUTH });
      assert.deepEqual([refused.status, errorOf(refused).code], [403, "FORBIDDEN"]);
      assert.match(errorOf(refused).message, /needs the role operator; this credential has the role viewer/);
      assert.equal(on.acts.length, 1);
    });

    test(`${verb} of a server that does not exist is a 404`, async () => {
      const reply = await send(url, line.replace("files", "nope"), { headers: AUTH });
      assert.deepEqual([reply.status, errorOf(reply).code, on.acts], [404, "SERVER_NOT_FOUND", []]);
    });
  }

  test("a verb that makes no sense now answers why", async () => {
    on.actFault = new Fault("UPSTREAM_UNAVAILABLE", "files is disabled; enable it first.");
    const reply = await send(url, "POST /api/servers/files/probe", { headers: AUTH });
    assert.deepEqual([reply.status, errorOf(reply).message], [503, "files is disabled; enable it first."]);
  });

  const CHAOS = "/api/servers/files/chaos";

  test("chaos is for admins, with defaults for what is not said", async () => {
    const begun = await send(url, `POST ${CHAOS}`, post({ kind: "latency" }));
    const ended = await send(url, `DELETE ${CHAOS}`, { headers: AUTH });
    assert.deepEqual([begun.status, ended.status], [200, 200]);
    assert.deepEqual(JSON.parse(ended.text), viewOf("files"));
    assert.deepEqual(on.acts, [
      ["files", { kind: "latency", ratio: 1, forMs: 60_000, latencyMs: 1_000 }],
      ["files", null],
    ]);
    on.role = "operator";
    for (const [line, sending] of [
      [`POST ${CHAOS}`, post({ kind: "latency" })],
      [`DELETE ${CHAOS}`, { headers: AUTH }],
    ] as const) {
      const reply = await send(url, line, sending);
      assert.deepEqual([reply.status, errorOf(reply).code], [403, "FORBIDDEN"], line);
    }
    assert.equal(on.acts.length, 2);
  });

  test("chaos where it is not allowed answers why", async () => {
    on.actFault = new Fault("FORBIDDEN", "Set omni2.chaos.enabled.");
    const reply = await send(url, `POST ${CHAOS}`, post({ kind: "hang" }));
    assert.deepEqual([reply.status, errorOf(reply).message], [403, "Set omni2.chaos.enabled."]);
  });

  for (const [what, body] of [
    ["kind", {}],
    ["kind", { kind: "flood" }],
    ["ratio", { kind: "error", ratio: 1.1 }],
    ["forMs", { kind: "error", forMs: 600_001 }],
    ["forMs", { kind: "error", forMs: 0.5 }],
    ["latencyMs", { kind: "latency", latencyMs: 0 }],
    ["", { kind: "error", more: 1 }],
  ] as const) {
    test(`chaos with ${JSON.stringify(body)} is refused and names ${what || "the body"}`, async () => {
      const reply = await send(url, `POST ${CHAOS}`, post(body));
      assert.deepEqual([reply.status, errorOf(reply).code], [400, "INVALID_REQUEST"]);
      assert.equal((errorOf(reply).issues as { path: string }[])[0]?.path, what);
      assert.deepEqual(on.acts, []);
    });
  }

  test("chaos of a server that does not exist is a 404, in both directions", async () => {
    const begun = await send(url, "POST /api/servers/nope/chaos", post({ kind: "error" }));
    const ended = await send(url, "DELETE /api/servers/nope/chaos", { headers: AUTH });
    assert.deepEqual([errorOf(begun).code, errorOf(ended).code], ["SERVER_NOT_FOUND", "SERVER_NOT_FOUND"]);
  });

  test("the health log answers as many rows as are asked for, 200 else", async () => {
    on.role = "viewer";
    const reply = await send(url, "GET /api/servers/files/health-log", { headers: AUTH });
    assert.deepEqual(JSON.parse(reply.text), { items: [LOG_ENTRY] });
    for (const limit of ["1", "1000"])
      await send(url, `GET /api/servers/files/health-log?limit=${limit}`, { headers: AUTH });
    assert.deepEqual(
      on.acts.map(([, , limit]) => limit),
      [200, 1, 1_000],
    );
    for (const limit of ["0", "1001", "-1", "1.5", "many", "", "9".repeat(400), "1&limit=2"]) {
      const refused = await send(url, `GET /api/servers/files/health-log?limit=${limit}`, { headers: AUTH });
      assert.deepEqual([refused.status, errorOf(refused).code], [400, "INVALID_REQUEST"], limit);
    }
    const misspelt = await send(url, "GET /api/servers/files/health-log?Limit=1", { headers: AUTH });
    assert.equal(misspelt.status, 400);
    const unknown = await send(url, "GET /api/servers/nope/health-log", { headers: AUTH });
    assert.equal(errorOf(unknown).code, "SERVER_NOT_FOUND");
  });
});
