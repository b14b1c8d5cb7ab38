import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { post, raw, send } from "./client.fixture.ts";
import { openHttp } from "./server.ts";
import { type Stage, stage } from "./stage.fixture.ts";

describe("the HTTP listener", { timeout: 30_000 }, () => {
  let on: Stage;
  let url: string;
  before(async () => {
    on = await stage();
    url = on.http.url;
  });
  after(() => on.close());

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

describe("closing", { timeout: 30_000 }, () => {
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
