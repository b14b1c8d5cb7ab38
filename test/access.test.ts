// Who gets in with a key, as whom, and how soon is it over when the key is revoked?
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuditRow, KeyView } from "../src/contract/access.ts";
import type { CallRecord } from "../src/contract/call.ts";
import { systemWorld } from "../src/lib/world.ts";
import { openEmbeddedSource } from "../src/store/source.ts";
import {
  bearer,
  callTool,
  createKey,
  doors,
  get,
  logIn,
  openEvents,
  openMcpSession,
  openSocket,
  ticketOf,
} from "./access-kit.ts";
import { runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { JSON_TYPES, modern, openSession, send } from "./raw.ts";
import { allUp } from "./recovery-kit.ts";
import { query } from "./store-kit.ts";
import { type CountedServer, openCounted } from "./upstreams/counted.ts";

/** The longest that a live connection may outlive its key. */
const CUT_LIMIT_MS = 1_000;

const start = (folder: string, { url }: CountedServer): Promise<TestGateway> =>
  startGateway({ folder, servers: { own: { url, trusted: true, cache: { mode: "auto", ttlMs: 600_000 } } } });

const revoke = async (gateway: TestGateway, { id }: { readonly id: string }): Promise<void> =>
  assert.equal((await gateway.api("DELETE", `/api/keys/${id}`)).status, 204);

describe("keys", { timeout: 120_000 }, () => {
  let folder: string;
  let server: CountedServer;
  let gateway: TestGateway;
  /** Every secret that was made here. */
  const secrets: string[] = [];
  const key = async (...args: [name: string, role?: "viewer" | "operator" | "admin"]) => {
    const made = await createKey(gateway, ...args);
    secrets.push(made.key);
    return made;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "omni2-access-"));
    server = await openCounted({ tools: { read: { annotations: { readOnlyHint: true } }, write: {} } });
    gateway = await start(folder, server);
    await allUp(gateway, ["own"]);
  });
  after(async () => {
    await gateway.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("are needed, must be right, and a ticket opens once", async () => {
    const good = await key("doors", "viewer");
    const wrong = good.key.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    for (const headers of [{}, bearer(wrong), bearer(good.key.slice(0, -1)), { cookie: "__Host-omni2=guess" }]) {
      assert.deepEqual(await doors(gateway, headers), [401, 401], JSON.stringify(headers));
      assert.equal((await get(gateway, "/api/servers", headers)).status, 401);
    }
    assert.equal((await callTool(gateway, "own__read", bearer(wrong))).status, 401, "never silently local");
    const ticket = await ticketOf(gateway, bearer(good.key));
    await openSocket(gateway, {}, `?ticket=${ticket}`);
    assert.deepEqual(await doors(gateway, bearer(good.key), `?ticket=${ticket}`), [401, 401], "used");
    assert.equal((await get(gateway, "/metrics", bearer(good.key))).status, 200);
    const foreign = { ...bearer(good.key), origin: "http://evil.example" };
    assert.deepEqual(await doors(gateway, foreign), [403, 403]);
    await revoke(gateway, good);
  });

  test("a login with a key has the key's role, and a viewer may look only", async () => {
    const viewer = await key("vic", "viewer");
    const cookie = await logIn(gateway, viewer.key);
    const session = await get(gateway, "/api/session", cookie);
    assert.deepEqual(session.json, { principal: "key:vic", role: "viewer" });
    const headers = { ...cookie, origin: gateway.url, "x-omni2-csrf": "1" };
    const refused = await send(gateway.url, { path: "/api/servers/own/isolate", headers });
    assert.deepEqual([refused.status, refused.json.error.code], [403, "FORBIDDEN"]);
    const session2 = await openMcpSession(gateway, bearer(viewer.key));
    for (const way of [bearer(viewer.key), session2]) {
      const called = await callTool(gateway, "own__write", way);
      assert.deepEqual([called.status, called.text?.includes("role operator")], [403, true]);
    }
    assert.equal(server.came("write"), 0);
    const listed = modern("/mcp", { id: 1, method: "tools/list" });
    const tools = await send(gateway.url, { ...listed, headers: { ...listed.headers, ...bearer(viewer.key) } });
    assert.equal(tools.json.result.tools.length, 2);
  });

  test("two holders never share a private answer, in either era, and calls are recorded under their names", async () => {
    const [ann, bob] = [await key("ann"), await key("bob")];
    const [ofAnn, ofBob] = [bearer(ann.key), bearer(bob.key)];
    const cameBefore = server.came("read");
    const first = await callTool(gateway, "own__read", ofAnn);
    const other = await callTool(gateway, "own__read", ofBob);
    assert.notEqual(first.text, other.text);
    const sessions = [await openMcpSession(gateway, ofAnn), await openMcpSession(gateway, ofBob)] as const;
    for (const [way, text] of [
      [ofAnn, first.text],
      [sessions[0], first.text],
      [ofBob, other.text],
      [sessions[1], other.text],
    ] as const) {
      assert.deepEqual(await callTool(gateway, "own__read", way), { status: 200, text, disposition: "hit" });
    }
    const local = await callTool(gateway, "own__read");
    assert.equal(local.disposition, undefined, "without a key a local client is somebody else");
    assert.equal(server.came("read") - cameBefore, 3);
    const stolen = await callTool(gateway, "own__read", { ...sessions[0], ...ofBob });
    assert.equal(stolen.status, 404, "a session belongs to who opened it");
    const recorded = await until("the calls are stored", async () => {
      const { body } = await gateway.api("GET", "/api/calls?principal=key:ann");
      const { items } = body as { items: CallRecord[] };
      return items.length === 3 ? items : undefined;
    });
    const id = recorded[0]?.id;
    const viewer = secrets[1] as string;
    assert.equal((await get(gateway, `/api/calls/${id}`, bearer(viewer))).status, 404);
    assert.deepEqual((await get(gateway, "/api/calls", bearer(viewer))).json, { items: [] });
    assert.equal((await get(gateway, `/api/calls/${id}`, ofAnn)).status, 200, "an operator sees all");
  });

  test("a revoked key ends every live connection it opened within a second", async (t) => {
    const made = await key("live", "viewer");
    const headers = bearer(made.key);
    const cookie = await logIn(gateway, made.key);
    const own = { ...cookie, origin: gateway.url };
    const ticket = await ticketOf(gateway, headers);
    const open = {
      socket: await openSocket(gateway, headers),
      "socket by cookie": await openSocket(gateway, own),
      "socket by ticket": await openSocket(gateway, {}, `?ticket=${ticket}`),
      events: await openEvents(gateway, headers),
      "events by cookie": await openEvents(gateway, cookie),
      "events by ticket": await openEvents(gateway, {}, `?ticket=${await ticketOf(gateway, headers)}`),
    };
    const unused = await ticketOf(gateway, headers);
    const admins = await openSocket(gateway, bearer(gateway.token));
    const at = performance.now();
    await revoke(gateway, made);
    for (const [way, { ended }] of Object.entries(open)) {
      const end = await ended;
      t.diagnostic(`${way}: ${Math.round(end.at - at)} ms after the revocation was asked for`);
      assert.ok(end.at - at <= CUT_LIMIT_MS, `${way}: ${end.at - at} ms`);
      assert.equal(end.code, way.startsWith("socket") ? 4001 : null);
    }
    assert.deepEqual(await doors(gateway, {}, `?ticket=${unused}`), [401, 401]);
    assert.deepEqual(await doors(gateway, own), [401, 401]);
    assert.equal(await Promise.race([admins.ended, Promise.resolve("open")]), "open");
  });

  test("a revoked key ends its MCP sessions and what was kept for it; its running call finishes", async () => {
    const made = await key("mcp");
    const session = await openMcpSession(gateway, bearer(made.key));
    const { text } = await callTool(gateway, "own__read", session);
    assert.equal((await callTool(gateway, "own__read", session)).disposition, "hit");
    server.hold();
    const running = callTool(gateway, "own__write", session);
    await until("the call is with the server", () => server.held === 1);
    await revoke(gateway, made);
    server.letGo();
    assert.deepEqual(await running, { status: 200, text: `write ${server.came("write")}`, disposition: undefined });
    assert.equal((await callTool(gateway, "own__read", session)).status, 401);
    const again = await key("mcp");
    const { "mcp-session-id": old } = session as Record<string, string>;
    const renewed = { ...session, ...bearer(again.key) };
    assert.equal((await callTool(gateway, "own__read", renewed)).status, 404, `the session ${old} is gone`);
    const fresh = await callTool(gateway, "own__read", bearer(again.key));
    assert.deepEqual([fresh.disposition, fresh.text === text], [undefined, false]);
    const local = { "mcp-session-id": await openSession(gateway.url, "/mcp") };
    assert.equal((await callTool(gateway, "own__read", local)).status, 200);
  });

  test("are made, listed and revoked from the command line", async () => {
    const run = async (...argv: string[]) => {
      const at = ["--url", gateway.url, "--data-dir", join(folder, "data"), "--json"];
      const { code, stdout, stderr } = await runToExit(["keys", ...argv, ...at]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const made = await run("create", "cli", "--role", "admin", "--expires-in-days", "2");
    secrets.push(made.key);
    assert.ok(Math.abs(made.expiresAt - made.createdAt - 2 * 86_400_000) < 10_000);
    assert.equal((await get(gateway, "/api/keys", bearer(made.key))).status, 200);
    const listed = (await run("list")) as KeyView[];
    assert.equal(listed.find(({ name }) => name === "cli")?.lastUsedAt === null, false);
    assert.deepEqual(await run("revoke", "cli"), { revoked: made.id });
    assert.equal((await get(gateway, "/api/keys", bearer(made.key))).status, 401);
  });

  test("all of it stands in the audit log, with who did it and how it went", async () => {
    const wrong = { path: "/api/login", headers: JSON_TYPES, body: JSON.stringify({ token: "wrong" }) };
    assert.equal((await send(gateway.url, wrong)).status, 401);
    const rows = await until("it is written down", async () => {
      const { items } = (await gateway.api("GET", "/api/audit?limit=100")).body as { items: AuditRow[] };
      return items[0]?.outcome === "refused" ? items : undefined;
    });
    const said = rows.map(({ principal, action, target, outcome }) => `${principal} ${action} ${target} ${outcome}`);
    for (const expected of [
      "anonymous login null refused",
      "key:live login null ok",
      "admin key.create live ok",
      "admin key.revoke live ok",
    ]) {
      assert.ok(said.includes(expected), `${expected}: ${said.join("\n")}`);
    }
    const viewer = await get(gateway, "/api/audit", bearer(secrets[1] as string));
    assert.equal(viewer.status, 403);
  });

  test("outlive a restart, and neither the database nor the log ever held one", async () => {
    const kept = await key("kept");
    await get(gateway, "/api/servers", bearer(kept.key));
    await gateway.end("SIGTERM");
    const log = JSON.stringify(gateway.lines);
    const source = await openEmbeddedSource(join(folder, "data"), systemWorld);
    const dump = await query(await source.locate(), "select * from omni2.api_keys, omni2.audit_logs").finally(() =>
      source.close(),
    );
    const rows = JSON.stringify(dump.map((row) => ({ ...row, hash: String(row.hash) })));
    assert.ok(rows.includes(kept.id));
    assert.ok(secrets.length > 8);
    for (const secret of secrets) {
      assert.ok(!log.includes(secret.slice(-43)), "in the log");
      assert.ok(!rows.includes(secret.slice(-43)), "in the database");
    }
    gateway = await start(folder, server);
    assert.equal((await get(gateway, "/api/servers", bearer(kept.key))).status, 200);
    assert.equal((await get(gateway, "/api/servers", bearer(secrets[0] as string))).status, 401, "revoked before");
    const { items } = (await gateway.api("GET", "/api/keys")).body as { items: KeyView[] };
    assert.notEqual(items.find(({ id }) => id === kept.id)?.lastUsedAt, null);
  });
});
