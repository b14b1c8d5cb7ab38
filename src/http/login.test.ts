import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { JSON_TYPE, send } from "./client.fixture.ts";
import { stage, TOKEN } from "./stage.fixture.ts";

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
