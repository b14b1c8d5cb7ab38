import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { send } from "./client.fixture.ts";
import { stage } from "./stage.fixture.ts";

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
