// Can what a gateway runs with be changed while it runs, tried before, and taken back? And does everybody hear of it?
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ToolView } from "../src/contract/api.ts";
import type { ConfigPatch } from "../src/contract/change.ts";
import { askerOf, cacheOf } from "./cache-kit.ts";
import { change, configOf, patch, revisionsOf } from "./config-kit.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, stdio, type Watcher, watch } from "./recovery-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

const READ = { annotations: { readOnlyHint: true } };
const SECRET = "s3cr3t-of-a-header";

describe("the configuration of a running gateway", () => {
  let web: CountedServer;
  let gateway: TestGateway;
  let watcher: Watcher;
  let document: object;
  before(async () => {
    web = await openCounted({ tools: { look: READ, list: { ...READ, says: () => "the same" } } });
    document = {
      web: { type: "http", url: web.url, headers: { "X-Key": SECRET } },
      echo: { ...stdio("echo.ts"), breaker: { failures: 3 } },
    };
    gateway = await startGateway({ servers: document as Record<string, object>, omni2: {} });
    await allUp(gateway, ["web", "echo"]);
    watcher = await watch(gateway);
  });
  after(async () => {
    watcher.close();
    await gateway.stop();
    await web.close();
  });
  const toolOf = async (name: string): Promise<ToolView> => {
    const { items } = (await gateway.api("GET", "/api/tools")).body as { items: ToolView[] };
    return items.find((tool) => tool.server === "web" && tool.name === name) ?? assert.fail();
  };
  test("is shown with what every tool's answers are kept for, and without secrets", async () => {
    const { revision, document: shown, changes, files } = await configOf(gateway);
    assert.deepEqual([revision, changes, files], [1, { mcpServers: {}, omni2: {} }, [`${gateway.folder}/omni2.json`]]);
    assert.doesNotMatch(JSON.stringify(shown), new RegExp(SECRET));
    assert.deepEqual((await toolOf("look")).cache, { keeping: "watch", reason: "shadow_mode", ttlMs: null });
  });

  test("takes a time to live: the next call is answered from the cache", async () => {
    const asker = askerOf(gateway);
    const asking = { server: "web", tool: "look", arguments: { a: 1 } };
    await asker.ask(asking);
    const { status, body } = await patch(gateway, {
      mcpServers: { web: { cache: { tools: { look: { ttlMs: 60_000 } } } } },
    });
    assert.deepEqual([status, body.revision, body.changes.map(({ path }) => path)], [200, 2, ["mcpServers.web.cache"]]);
    assert.deepEqual((await toolOf("look")).cache, { keeping: "keep", reason: null, ttlMs: 60_000 });
    const came = web.came("look");
    await asker.ask(asking);
    assert.equal((await asker.ask(asking)).disposition, "hit");
    assert.equal(web.came("look"), came + 1);
  });

  test("takes what the cache's advisor advises in one change", async () => {
    const asker = askerOf(gateway);
    for (let call = 0; call < 30; call++) {
      if (call === 15) await sleep(2_300);
      await asker.ask({ server: "web", tool: "list" });
    }
    const advice = (await cacheOf(gateway)).advice.find(({ tool }) => tool === "list") ?? assert.fail();
    assert.equal(advice.verdict, "ask");
    const { status } = await patch(gateway, advice.patch as ConfigPatch);
    assert.equal(status, 200);
    await asker.ask({ server: "web", tool: "list" });
    assert.equal((await asker.ask({ server: "web", tool: "list" })).disposition, "hit");
  });

  test("retunes a breaker without touching the link", async () => {
    const { pid } = await gateway.server("echo");
    const { status, body } = await patch(gateway, { mcpServers: { echo: { breaker: { failures: 9 } } } });
    assert.deepEqual(
      [status, body.changes[0]],
      [200, { path: "mcpServers.echo.breaker.failures", before: 3, after: 9, needsRestart: false }],
    );
    const now = await gateway.server("echo");
    assert.deepEqual([now.pid, now.link, now.status], [pid, "connected", "up"]);
  });

  test("takes other bounds and marks of the whole gateway at once", async () => {
    const asker = askerOf(gateway);
    const omni2 = { cache: { maxEntries: 1 }, meta: false, live: { maxSockets: 1 } };
    const { body } = await patch(gateway, { omni2 });
    assert.deepEqual(new Set(body.changes.map(({ needsRestart }) => needsRestart)), new Set([false]));
    const { maxEntries, entries } = await cacheOf(gateway);
    assert.deepEqual([maxEntries, entries], [1, 1]);
    assert.equal((await asker.ask({ server: "web", tool: "look" })).id, undefined);
    const { status } = await fetch(`${gateway.url}/api/live`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    assert.equal(status, 503, "one socket is open already");
    assert.equal((await patch(gateway, { omni2: null })).status, 200);
    assert.equal((await cacheOf(gateway)).maxEntries, 1_000);
    assert.notEqual((await asker.ask({ server: "web", tool: "look" })).id, undefined);
  });

  test("is changed by exactly one of twenty that have read the same revision", async () => {
    const { revision } = await configOf(gateway);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        change(gateway, { body: { omni2: { hideAfterMs: at + 1 } }, ifMatch: revision }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 412);
    assert.deepEqual(
      [refused.length, new Set(refused.map(({ body }) => body.error.code))],
      [19, new Set(["CONFIG_CONFLICT"])],
    );
    assert.equal((await configOf(gateway)).revision, revision + 1);
  });

  test("is not changed without a revision, by a trial, or by what is not valid", async () => {
    const before = await configOf(gateway);
    const body = { omni2: { hideAfterMs: 777 } };
    const without = await change(gateway, { body, ifMatch: null });
    assert.deepEqual([without.status, without.body.error.code], [400, "INVALID_REQUEST"]);
    const trial = await change(gateway, { body, path: "/api/config?dryRun=true", ifMatch: `"${before.revision}"` });
    assert.deepEqual([trial.status, trial.body.changes[0]?.after], [200, 777]);
    const bad = await patch(gateway, { mcpServers: { echo: { timeoutMs: 0 } }, omni2: { hideAfterMs: 777 } });
    assert.deepEqual([bad.status, bad.body.error.code], [422, "CONFIG_INVALID"]);
    assert.deepEqual(
      bad.body.error.issues?.map(({ path }) => path),
      ["mcpServers.echo.timeoutMs"],
    );
    const forbidden = await patch(gateway, { mcpServers: { echo: { command: "sh" } } });
    assert.deepEqual([forbidden.status, forbidden.body.error.code], [403, "FORBIDDEN"]);
    assert.deepEqual(await configOf(gateway), before);
  });

  test("goes back to what was set at a revision", async () => {
    const first = (await revisionsOf(gateway)).find(({ n }) => n === 2) ?? assert.fail();
    assert.equal(first.source, "rest");
    const { status, body } = await change(gateway, { method: "POST", path: "/api/config/revisions/2/apply" });
    assert.equal(status, 200);
    const { changes } = await configOf(gateway);
    assert.deepEqual(changes, { mcpServers: { web: { cache: { tools: { look: { ttlMs: 60_000 } } } } }, omni2: {} });
    const [newest] = await revisionsOf(gateway, 1);
    assert.deepEqual([newest?.n, newest?.source, newest?.by], [body.revision, "rollback", "admin"]);
  });

  test("takes a server in and lets it go again; both are revisions", async () => {
    const headers = { Authorization: `Bearer ${SECRET}` };
    const added = await gateway.api("POST", "/api/servers", { name: "mine", url: web.url, headers });
    assert.equal(added.status, 201);
    const kept = await patch(gateway, {
      mcpServers: { mine: { headers: { Authorization: "[redacted]" }, description: "d" } },
    });
    assert.deepEqual([kept.status, kept.body.changes.length], [200, 1]);
    await allUp(gateway, ["mine"]);
    assert.equal((await patch(gateway, { mcpServers: { mine: null } })).status, 200);
    assert.equal((await gateway.api("GET", "/api/servers/mine")).status, 404);
    const rows = await revisionsOf(gateway, 3);
    assert.deepEqual(
      rows.map(({ changes }) => changes[0]?.path),
      ["mcpServers.mine", "mcpServers.mine.description", "mcpServers.mine"],
    );
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(SECRET));
  });

  test("keeps the changes on top of an edited file", async () => {
    const before = await configOf(gateway);
    await gateway.configure({ mcpServers: { ...document, second: stdio("echo.ts") }, omni2: { hideAfterMs: 5 } });
    await until("the edit counts", async () => (await configOf(gateway)).revision > before.revision);
    const { changes, document: shown } = await configOf(gateway);
    assert.deepEqual(changes, before.changes);
    assert.deepEqual(shown.omni2 as object, { hideAfterMs: 5 });
    assert.equal((await toolOf("look")).cache.ttlMs, 60_000);
    const [newest] = await revisionsOf(gateway, 1);
    assert.deepEqual([newest?.source, newest?.by], ["file", "file"]);
  });

  test("every revision was told to who watches, and those of people are in the audit log", async () => {
    const rows = await revisionsOf(gateway);
    const newest = rows[0]?.n ?? 0;
    await until("the last frame came", () => watcher.of("config_applied").at(-1)?.data.revision === newest);
    assert.deepEqual(
      rows.map(({ n }) => n),
      Array.from({ length: newest }, (_, at) => newest - at),
    );
    const told = watcher.of("config_applied").map(({ data }) => [data.revision, data.source, data.paths.length > 0]);
    const wanted = rows.filter(({ n }) => n > 1).map(({ n, source, changes }) => [n, source, changes.length > 0]);
    assert.deepEqual(told, wanted.reverse());
    const { items } = (await gateway.api("GET", "/api/audit?limit=200")).body as { items: { action: string }[] };
    const people = rows.filter(({ source, by }) => by === "admin" && source !== "file").length;
    assert.equal(items.filter(({ action }) => action === "config.change" || action === "server.add").length, people);
  });
});
