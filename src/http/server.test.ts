import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { Fault, isFault } from "#contract/fault.ts";
import { openHttp } from "./server.ts";
import { CALL_ANSWER, type Stage, stage, TOKEN } from "./stage.fixture.ts";

const AUTH = { authorization: `Bearer ${TOKEN}` };
const JSON_TYPE = { "content-type": "application/json" };

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

interface Sending {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request on its own connection; nothing is added that a browser or fetch would add. */
function send(base: string, line: string, { headers = {}, body }: Sending = {}): Promise<Reply> {
  const [method = "GET", path = "/"] = line.split(" ");
  return new Promise((resolve, reject) => {
    const req = httpRequest(base + path, { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() }),
      );
      res.on("error", reject);
    });
    req.on("error", reject);
    req.end(body);
  });
}

const errorOf = (reply: Reply): { code: string; message: string; [more: string]: unknown } =>
  JSON.parse(reply.text).error;
const post = (body: unknown): Sending => ({ headers: { ...AUTH, ...JSON_TYPE }, body: JSON.stringify(body) });

/** Raw bytes in, everything until the peer closes out. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("the HTTP listener", () => {
  let on: Stage;
  let url: string;
  before(async () => {
    on = await stage();
    url = on.http.url;
  });
  after(() => on.close());

  const pathOf = (key: string): string => key.replace("{name}", "files");
  const keys = Object.keys(ROUTES) as RouteKey[];

  test("serves every route of the table, and no other answers under /api", async () => {
    for (const key of keys) {
      const reply = await send(url, pathOf(key), { headers: { ...AUTH, ...JSON_TYPE }, body: "{}" });
      assert.notEqual(reply.status, 404, key);
    }
    for (const line of ["GET /api", "GET /api/", "GET /api/nothing", "PUT /api/servers", "GET /api/servers/files/x"]) {
      const reply = await send(url, line, { headers: AUTH });
      assert.equal(reply.status, 404, line);
      assert.equal(errorOf(reply).code, "METHOD_NOT_FOUND");
    }
  });

  for (const key of keys) {
    test(`${key} ${ROUTES[key].open ? "is open on loopback" : "answers 401 without a credential"}`, async () => {
      const wrong = { authorization: "Bearer wrong" };
      for (const headers of [{}, wrong, { cookie: "__Host-omni2=guess" }]) {
        const reply = await send(url, pathOf(key), { headers });
        assert.equal(reply.status === 401, !ROUTES[key].open, `${reply.status} ${reply.text}`);
      }
      if (!key.startsWith("GET ")) return;
      const head = await send(url, pathOf(key).replace("GET", "HEAD"));
      assert.equal(head.status === 401, !ROUTES[key].open, "HEAD as well");
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

  test("answers carry the security headers, errors and unknown paths included", async () => {
    for (const line of ["GET /livez", "GET /", "GET /api/servers", "GET /api/nothing", "GET /api/%zz"]) {
      const { headers } = await send(url, line);
      assert.match(
        String(headers["content-security-policy"]),
        /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
      );
      assert.equal(headers["x-content-type-options"], "nosniff", line);
      assert.equal(headers["referrer-policy"], "no-referrer", line);
      assert.equal(headers["cross-origin-opener-policy"], "same-origin", line);
      if (line.includes("/api")) assert.equal(headers["cache-control"], "no-store", line);
    }
  });

  test("a body is refused unread when its sender may not ask", async () => {
    const reply = await raw(
      on.http.port,
      "POST /api/tools/call HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 500000\r\nConnection: close\r\n\r\n",
    );
    assert.match(reply, /^HTTP\/1\.1 403 /);
  });

  test("answers match their published schemas", async () => {
    const bodies: Partial<Record<RouteKey, unknown>> = {
      "POST /api/servers": { name: "added", command: "x" },
      "POST /api/tools/call": { server: "files", tool: "read" },
      "POST /api/login": { token: TOKEN },
    };
    for (const key of keys.filter((key) => !key.startsWith("DELETE"))) {
      const reply = await send(url, pathOf(key), key in bodies ? post(bodies[key]) : { headers: AUTH });
      const { answer } = ROUTES[key];
      assert.ok(reply.status < 300, `${key}: ${reply.status} ${reply.text}`);
      if (answer !== null) answer.parse(JSON.parse(reply.text));
      else if (key !== "GET /metrics") assert.equal(reply.status, 204, key);
    }
  });

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
        "PARSE_ERROR",
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

  test("everything under /mcp goes to the front first, untouched", async () => {
    for (const path of ["/mcp", "/mcp?x=1", "/mcp/files", "/mcp/a/b"]) {
      const reply = await send(url, `POST ${path}`, { body: "not json" });
      assert.equal(reply.text, `front ${path}`);
      assert.equal(reply.headers["content-security-policy"], undefined);
    }
    assert.notEqual((await send(url, "GET /mcps")).text, "front /mcps");
  });

  test("malformed and oversized requests are answered and closed", async () => {
    const { port } = on.http;
    assert.match(await raw(port, "NONSENSE\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(
      await raw(port, `GET /livez HTTP/1.1\r\nHost: localhost:${port}\r\nX: ${"y".repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
    const many = Array.from({ length: 101 }, (_, n) => `X-${n}: 1\r\n`).join("");
    assert.match(
      await raw(port, `GET /livez HTTP/1.1\r\n${many}Host: localhost:${port}\r\n\r\n`),
      /^HTTP\/1\.1 (?:400|431) /,
    );
    assert.match(await raw(port, `GET /mcp HTTP/1.1\r\nHost: localhost:${port}\r\n${many}\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(
      await raw(port, `GET http://evil.example/livez HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(await raw(port, "GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"), /^HTTP\/1\.1 400 /);
    assert.match(
      await raw(
        port,
        `POST /api/login HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ),
      /^HTTP\/1\.1 400 /,
    );
  });

  test("an HTTP/2 upgrade offer on an ordinary request is answered as that request", async () => {
    const headers = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAARAAAAAAAIAAAAA",
    };
    assert.equal((await send(url, "POST /mcp", { headers, body: "{}" })).text, "front /mcp");
  });

  test("a port that is taken is a fault that names it and says what to do", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as AddressInfo;
    await assert.rejects(openHttp(on.deps, { ...on.settings, port }), (error) => {
      assert.ok(isFault(error, "PORT_IN_USE"));
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}.*--port`));
      return true;
    });
    holder.close();
  });
});

describe("a login", () => {
  test("opens the REST API by cookie until logout, and changes need the CSRF header", async () => {
    const on = await stage();
    const { url } = on.http;
    const login = await send(url, "POST /api/login", { headers: JSON_TYPE, body: JSON.stringify({ token: TOKEN }) });
    assert.equal(login.status, 204);
    const cookie = String(login.headers["set-cookie"]?.[0]).split(";")[0] as string;
    const session = await send(url, "GET /api/session", { headers: { cookie } });
    assert.deepEqual(JSON.parse(session.text), { principal: "admin", role: "admin" });
    assert.equal((await send(url, "POST /api/tickets", { headers: { cookie } })).status, 403);
    const change = { cookie, origin: url, "x-omni2-csrf": "1" };
    assert.equal((await send(url, "POST /api/tickets", { headers: change })).status, 200);
    assert.equal((await send(url, "POST /api/logout", { headers: change })).status, 204);
    assert.equal((await send(url, "GET /api/session", { headers: { cookie } })).status, 401);
    await on.close();
  });

  test("with wrong tokens answers 401 ten times and then 429 with Retry-After", async () => {
    const on = await stage();
    const guess = { headers: JSON_TYPE, body: JSON.stringify({ token: "wrong" }) };
    for (let n = 0; n < 10; n++) assert.equal((await send(on.http.url, "POST /api/login", guess)).status, 401);
    const paused = await send(on.http.url, "POST /api/login", guess);
    assert.equal(paused.status, 429);
    assert.equal(paused.headers["retry-after"], "30");
    assert.ok(!paused.text.includes(TOKEN));
    await on.close();
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

test("/metrics counts calls by server, kind and outcome with durations, and shows the process", async () => {
  const on = await stage();
  const call = {
    id: "c",
    at: 1,
    kind: "tool",
    server: 'fi"les',
    name: "read",
    principal: "local",
    era: "legacy",
  } as const;
  const rest = { disposition: "bypass", upstreamMs: null, attempts: 1, resultBytes: 1 } as const;
  for (const [outcome, faultCode, durationMs] of [
    ["ok", null, 3],
    ["ok", null, 700],
    ["fault", "BREAKER_OPEN", 0.2],
  ] as const) {
    on.bus.publish({ type: "call.finished", at: 1, record: { ...call, ...rest, outcome, faultCode, durationMs } });
  }
  const { text, headers } = await send(on.http.url, "GET /metrics");
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  const labels = 'server="fi\\"les",kind="tool",outcome="ok",code=""';
  for (const line of [
    `omni2_calls_total{${labels}} 2`,
    'omni2_calls_total{server="fi\\"les",kind="tool",outcome="fault",code="BREAKER_OPEN"} 1',
    `omni2_call_duration_seconds_bucket{${labels},le="0.0025"} 0`,
    `omni2_call_duration_seconds_bucket{${labels},le="0.005"} 1`,
    `omni2_call_duration_seconds_bucket{${labels},le="1"} 2`,
    `omni2_call_duration_seconds_bucket{${labels},le="+Inf"} 2`,
    `omni2_call_duration_seconds_sum{${labels}} 0.703`,
    `omni2_call_duration_seconds_count{${labels}} 2`,
    'omni2_server_status{server="files",status="up"} 1',
    'omni2_build_info{version="0.0.0-test"} 1',
    "omni2_ready 1",
    "omni2_sockets 0",
  ]) {
    assert.ok(text.split("\n").includes(line), line);
  }
  assert.match(text, /^omni2_process_resident_memory_bytes \d+$/m);
  for (const line of text.split("\n"))
    assert.match(line, /^(?:$|# (?:HELP|TYPE) omni2_|omni2_[a-z0-9_]+(?:\{.*\})? \S+$)/);
  await on.close();
});

describe("the dashboard", () => {
  test("that is not built is a page that says how to build it", async () => {
    const on = await stage();
    const reply = await send(on.http.url, "GET /");
    assert.equal(reply.status, 503);
    assert.match(reply.text, /The dashboard is not built[\s\S]*build-web\.ts/);
    await on.close();
  });

  test("is served with assets for ever and pages fresh, and unknown assets are no page", async () => {
    const dashboardDir = await mkdtemp(join(tmpdir(), "omni2-dist-"));
    await mkdir(join(dashboardDir, "assets"));
    await writeFile(join(dashboardDir, "index.html"), "<!doctype html>page");
    await writeFile(join(dashboardDir, "icon.svg"), "<svg/>");
    await writeFile(join(dashboardDir, ".hash"), "hidden");
    await writeFile(join(dashboardDir, "assets", "index-abc123.js"), "code()");
    const on = await stage({ dashboardDir });
    const get = (path: string) => send(on.http.url, `GET ${path}`);
    for (const path of ["/", "/servers/files", "/index.html", "/tools?x=1", "/.hash"]) {
      const reply = await get(path);
      assert.equal(reply.text, "<!doctype html>page", path);
      assert.equal(reply.headers["cache-control"], "no-cache", path);
      assert.match(String(reply.headers["content-security-policy"]), /default-src 'none'/);
    }
    const asset = await get("/assets/index-abc123.js");
    assert.equal(asset.headers["cache-control"], "public, max-age=31536000, immutable");
    assert.match(String(asset.headers["content-type"]), /javascript/);
    assert.equal((await get("/icon.svg")).text, "<svg/>");
    assert.equal((await get("/assets/gone.js")).status, 404);
    for (const path of ["/../package.json", "/%2e%2e/package.json", "/assets/..%2f..%2fx", "/assets/%00"]) {
      const reply = await get(path);
      assert.ok(reply.status >= 400 || reply.text === "<!doctype html>page", `${path}: ${reply.status}`);
    }
    assert.equal((await send(on.http.url, "POST /")).status, 404);
    await on.close();
    await rm(dashboardDir, { recursive: true });
  });
});

describe("closing", () => {
  test("lets a running answer finish, accepts nothing new and does not wait for idle connections", async () => {
    const on = await stage();
    on.hold = true;
    const running = send(on.http.url, "POST /api/tools/call", post({ server: "files", tool: "read" }));
    await on.held();
    const closing = on.close();
    await assert.rejects(send(on.http.url, "GET /livez"));
    on.release();
    assert.equal((await running).status, 200);
    await closing;
  });

  test("ends what does not finish within the grace", async () => {
    const on = await stage();
    on.hold = true;
    const running = send(on.http.url, "POST /api/tools/call", post({ server: "files", tool: "read" }));
    const cut = assert.rejects(running);
    await on.held();
    await on.close(50);
    await cut;
  });
});
