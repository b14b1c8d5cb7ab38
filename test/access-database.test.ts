// What of keys while their database is away, and where several gateways share one?
import assert from "node:assert/strict";
import { test } from "node:test";
import { bearer, callTool, createKey, get, openSocket } from "./access-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { preparePostgres } from "./pg.ts";
import { allUp, stdio } from "./recovery-kit.ts";

const servers = { echo: stdio("echo.ts") };
/** Another gateway must know of a revocation by then; it looks every five seconds. */
const ELSEWHERE_LIMIT_MS = 15_000;

test("keys wait for the first sight of the database, outlive its loss, and end on every gateway", async (t) => {
  const postgres = await preparePostgres();
  if ("skip" in postgres) return t.skip(postgres.skip);
  const { url: databaseUrl, power } = postgres;
  if (power === null) return t.skip("the PostgreSQL at DATABASE_URL is not ours to switch off");
  t.after(() => postgres.stop());
  await power.on();
  const started: TestGateway[] = [];
  t.after(() => Promise.all(started.map((gateway) => gateway.stop())));
  const start = async (until: "OMNI2 ready" | "Listening"): Promise<TestGateway> => {
    const gateway = await startGateway({ servers, databaseUrl, until });
    started.push(gateway);
    return gateway;
  };
  const here = await start("OMNI2 ready");
  await allUp(here, ["echo"]);
  const made = await createKey(here, "ci");
  const status = async (gateway: TestGateway): Promise<number> =>
    (await get(gateway, "/api/servers", bearer(made.key))).status;

  await power.off();
  await until("its loss is known", async () => (await get(here, "/readyz")).status === 503);
  assert.equal(await status(here), 200, "what was known goes on working");
  const refused = await here.api("DELETE", `/api/keys/${made.id}`);
  assert.equal(refused.status, 503, "a revocation that cannot be stored is not one");

  const there = await start("Listening");
  const early = await get(there, "/api/servers", bearer(made.key));
  assert.deepEqual([early.status, early.json.error.code], [503, "STORE_UNAVAILABLE"]);
  assert.match(early.json.error.message, /admin token works/);
  assert.equal((await callTool(there, "echo__echo", bearer(made.key))).status, 503);
  assert.equal((await get(there, "/api/servers", bearer(there.token))).status, 200);

  await power.on();
  await until("the other gateway knows the key", async () => (await status(there)) === 200, 60_000);
  await until("the database is back", async () => (await get(here, "/readyz")).status === 200, 60_000);
  const socket = await openSocket(there, bearer(made.key));
  const at = performance.now();
  assert.equal((await here.api("DELETE", `/api/keys/${made.id}`)).status, 204);
  assert.equal(await status(here), 401);
  const { at: endedAt, code } = await socket.ended;
  assert.equal(code, 4001);
  assert.equal(await status(there), 401);
  t.diagnostic(`on the other gateway after ${Math.round(endedAt - at)} ms`);
  assert.ok(endedAt - at < ELSEWHERE_LIMIT_MS);
});
