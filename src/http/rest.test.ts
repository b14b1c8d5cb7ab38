import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { Fault, isFault } from "#contract/fault.ts";
import { AUTH, errorOf, JSON_TYPE, post, type Sending, send } from "./client.fixture.ts";
import { CALL_ANSWER, type Stage, stage } from "./stage.fixture.ts";

describe("the REST API", () => {
  let on: Stage;
  let url: string;
  before(async () => {
    on = await stage();
    url = on.http.url;
  });
  after(() => on.close());

  test("/readyz answers 503 with reasons until the gateway is ready", async () => {
    on.readiness = { status: "starting", reasons: ["the database is not ready"] };
    const reply = await send(url, "GET /readyz");
    on.readiness = { status: "ready", reasons: [] };
    assert.equal(reply.status, 503);
    assert.deepEqual(JSON.parse(reply.text), { status: "starting", reasons: ["the database is not ready"] });
    assert.equal((await send(url, "GET /readyz")).status, 200);
  });

  test("a server that does not exist is a 404, one that does can be removed", async () => {
    for (const line of ["GET /api/servers/nope", "DELETE /api/servers/nope", "GET /api/servers/nope/stderr"]) {
      const reply = await send(url, line, { headers: AUTH });
      assert.equal(reply.status, 404);
      assert.equal(errorOf(reply).code, "SERVER_NOT_FOUND");
    }
    await send(url, "POST /api/servers", post({ name: "added", command: "x" }));
    assert.equal((await send(url, "DELETE /api/servers/added", { headers: AUTH })).status, 204);
    assert.equal((await send(url, "GET /api/servers/added", { headers: AUTH })).status, 404);
  });

  test("a new server answers 201; a definition that is not valid answers 422 with a path per issue", async () => {
    const added = await send(url, "POST /api/servers", post({ name: "fresh", command: "x" }));
    assert.equal(added.status, 201);
    await send(url, "DELETE /api/servers/fresh", { headers: AUTH });
    const shape = await send(url, "POST /api/servers", post({ name: "two__parts" }));
    assert.equal(shape.status, 422);
    assert.equal(errorOf(shape).code, "CONFIG_INVALID");
    assert.deepEqual(
      (errorOf(shape).issues as { path: string }[]).map(({ path }) => path),
      ["name"],
    );
    on.addFault = new Fault("CONFIG_INVALID", "not valid", {
      data: { issues: [{ path: "url", message: "odd", secret: 1 }] },
    });
    const deep = await send(url, "POST /api/servers", post({ name: "fresh" }));
    on.addFault = undefined;
    assert.equal(deep.status, 422);
    assert.deepEqual(errorOf(deep).issues, [{ path: "url", message: "odd" }]);
  });

  test("a tool call passes what was asked and answers what came", async () => {
    const reply = await send(
      url,
      "POST /api/tools/call",
      post({ server: "files", tool: "read", arguments: { path: "a" } }),
    );
    assert.equal(reply.status, 200);
    assert.deepEqual(JSON.parse(reply.text), CALL_ANSWER);
    assert.deepEqual(on.lastCall?.request, { server: "files", tool: "read", arguments: { path: "a" }, cache: "use" });
    assert.equal(on.lastCall?.principal.id, "admin");
  });

  test("a fault answers its row's status, its code and when to come back", async () => {
    on.callFault = new Fault("BREAKER_OPEN", "files is unavailable; next try in 8 s.", { retryAfterMs: 7_400 });
    const reply = await send(url, "POST /api/tools/call", post({ server: "files", tool: "read" }));
    on.callFault = undefined;
    assert.equal(reply.status, 503);
    assert.equal(reply.headers["retry-after"], "8");
    const { requestId, ...rest } = errorOf(reply);
    assert.match(String(requestId), /^[\w-]{22}$/);
    assert.deepEqual(rest, {
      code: "BREAKER_OPEN",
      message: "files is unavailable; next try in 8 s.",
      retryAfterMs: 7_400,
    });
  });

  test("a bug answers INTERNAL with the request id, logs the stack and tells nothing else", async () => {
    on.callFault = new TypeError("secret detail of the bug");
    const reply = await send(url, "POST /api/tools/call", post({ server: "files", tool: "read" }));
    on.callFault = undefined;
    assert.equal(reply.status, 500);
    assert.equal(errorOf(reply).code, "INTERNAL");
    assert.ok(!reply.text.includes("secret detail"));
    const logged = on.errors.find(
      (fields) => (fields as { requestId?: string }).requestId === errorOf(reply).requestId,
    );
    assert.ok((logged as { err: Error }).err instanceof TypeError);
  });

  test("a caller that goes away cancels its call", async () => {
    on.hold = true;
    const req = httpRequest(`${url}/api/tools/call`, {
      method: "POST",
      headers: { ...AUTH, ...JSON_TYPE },
      agent: false,
    });
    req.on("error", () => {});
    req.end(JSON.stringify({ server: "files", tool: "read" }));
    const signal = await on.held();
    req.destroy();
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    on.hold = false;
    assert.ok(isFault(signal.reason, "CANCELLED"));
  });

  test("bodies that are not what the route takes are refused with 400", async () => {
    const cases: [string, Sending, string][] = [
      ["no body", { headers: AUTH }, "INVALID_REQUEST"],
      ["not JSON", { headers: { ...AUTH, ...JSON_TYPE }, body: "{" }, "PARSE_ERROR"],
      [
        "a form",
        { headers: { ...AUTH, "content-type": "application/x-www-form-urlencoded" }, body: "a=1" },
        "INVALID_REQUEST",
      ],
      ["plain text", { headers: { ...AUTH, "content-type": "text/plain" }, body: "{}" }, "INVALID_REQUEST"],
      ["unknown members", post({ server: "files", tool: "read", more: 1 }), "INVALID_REQUEST"],
      ["a wrong type", post({ server: 1, tool: "read" }), "INVALID_REQUEST"],
      [
        "__proto__",
        { headers: { ...AUTH, ...JSON_TYPE }, body: '{"server":"a","tool":"b","arguments":{"__proto__":{"x":1}}}' },
        "INVALID_REQUEST",
      ],
    ];
    for (const [what, sending, code] of cases) {
      const reply = await send(url, "POST /api/tools/call", sending);
      assert.equal(reply.status, 400, what);
      assert.equal(errorOf(reply).code, code, what);
    }
    assert.equal(({} as { x?: number }).x, undefined);
  });

  test("a body nested too deep is refused, one of a million levels as well", async () => {
    for (const depth of [129, 500_000]) {
      const body = `{"server":"a","tool":"b","arguments":{"x":${"[".repeat(depth)}${"]".repeat(depth)}}}`;
      const reply = await send(url, "POST /api/tools/call", { headers: { ...AUTH, ...JSON_TYPE }, body });
      assert.equal(errorOf(reply).code, "INVALID_REQUEST", String(depth));
    }
  });

  test("a body over 1 MiB answers 413", async () => {
    const body = `{"server":"a","tool":"b","arguments":{"x":"${"y".repeat(1024 * 1024)}"}}`;
    const reply = await send(url, "POST /api/tools/call", { headers: { ...AUTH, ...JSON_TYPE }, body });
    assert.equal(reply.status, 413);
    assert.equal(errorOf(reply).code, "BODY_TOO_LARGE");
  });
});
