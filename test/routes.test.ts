// Do the three routes of docs/lifecycle.md lead where they say, seen from the front door? A tool call, a health event and a
// configuration change, each with real clients, a real upstream and a real database.
import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Frame } from "../src/contract/event.ts";
import { META } from "../src/mcp/protocol.ts";
import { type CallReader, openCallReader } from "./calls-kit.ts";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { openLiveSocket } from "./live-socket.ts";
import { startPostgres, type TestPostgres } from "./pg.ts";
import { openEvents } from "./raw.ts";
import { type RunningServer, startUpstream, upstreamFile } from "./upstreams/start.ts";

const ECHO = { command: process.execPath, args: [upstreamFile("echo.ts")] };
const MODERN = { command: process.execPath, args: [upstreamFile("modern-echo.ts"), "stdio"] };

describe("route (a), a tool call", () => {
  let postgres: TestPostgres | undefined;
  let reader: CallReader | undefined;
  let gateway: TestGateway;
  let reason = "";
  before(async () => {
    const started = await startPostgres();
    if ("skip" in started) reason = started.skip;
    else postgres = started;
    const databaseUrl = postgres === undefined ? {} : { databaseUrl: postgres.url };
    gateway = await startGateway({ servers: { echo: ECHO, modern: MODERN }, ...databaseUrl });
    if (postgres !== undefined) reader = await openCallReader(postgres.url);
  });
  after(async () => {
    await gateway.stop();
    await reader?.close();
    await postgres?.stop();
  });

  /** One call of every kind of client to every server; answers the ids under which the results were marked. */
  async function callFromEverywhere(): Promise<Map<string, string>> {
    const ids = new Map<string, string>();
    for (const mode of ["legacy", "auto"] as const) {
      for (const server of ["echo", "modern"]) {
        for (const [path, name] of [
          ["/mcp", `${server}__echo`],
          [`/mcp/${server}`, "echo"],
        ] as const) {
          const asker = await openSdk2({ url: gateway.url + path }, mode);
          const era = asker.client.getProtocolEra() ?? "legacy";
          const result = await asker.ask({ method: "tools/call", params: { name, arguments: { message: path } } });
          assert.deepEqual(result.content, [{ type: "text", text: path }]);
          ids.set((result._meta as Record<string, string>)[META.call] as string, `${era} local ${server}`);
          await asker.close();
        }
      }
    }
    for (const server of ["echo", "modern"]) {
      const asked = { server, tool: "echo", arguments: { message: "rest" } };
      const { body } = await gateway.api("POST", "/api/tools/call", asked);
      const { call, result } = body as { call: { id: string }; result: { _meta: Record<string, string> } };
      assert.equal(result._meta[META.call], call.id);
      ids.set(call.id, `rest admin ${server}`);
    }
    return ids;
  }

  test("is answered over both endpoints in both eras and over REST, and each leaves its record", async (t) => {
    const ids = await callFromEverywhere();
    assert.equal(ids.size, 10);
    const read = reader;
    if (read === undefined) return t.skip(reason);
    const counted = async (): Promise<number> => (await read.minutes()).reduce((sum, { calls }) => sum + calls, 0);
    await until("every call was written down", async () => (await counted()) >= 10);
    const rows = await read.records();
    assert.equal(rows.length, 10);
    for (const { id, kind, server, name, principal, era, outcome, fault_code } of rows) {
      assert.deepEqual([kind, name, outcome, fault_code], ["tool", "echo", "ok", null]);
      assert.equal(`${era} ${principal} ${server}`, ids.get(id));
    }
    assert.deepEqual(await read.minutes(), [{ name: "echo", outcome: "ok", calls: 10 }]);
  });

  test("of a resource has its URI mapped there and back again on the aggregate, and left alone on its server", async () => {
    for (const mode of ["legacy", "auto"] as const) {
      const all = await openSdk2({ url: `${gateway.url}/mcp` }, mode);
      const own = await openSdk2({ url: `${gateway.url}/mcp/echo` }, mode);
      const uris = async (asker: typeof all): Promise<unknown[]> => {
        const { resources } = await asker.ask({ method: "resources/list", params: {} });
        return (resources as { uri: string }[]).map(({ uri }) => uri);
      };
      assert.deepEqual(await uris(own), ["echo://greeting"]);
      assert.deepEqual(await uris(all), ["omni2://echo/echo://greeting", "omni2://modern/echo://greeting"]);
      for (const uri of ["omni2://echo/echo://greeting", "omni2://modern/echo://item/7"]) {
        const { contents } = await all.ask({ method: "resources/read", params: { uri } });
        assert.equal((contents as { uri: string }[])[0]?.uri, uri);
      }
      const { contents } = await own.ask({ method: "resources/read", params: { uri: "echo://item/7" } });
      assert.deepEqual(contents, [{ uri: "echo://item/7", mimeType: "text/plain", text: "item 7" }]);
      await all.close();
      await own.close();
    }
  });
});

/** Every frame of the live feed, from now on. */
async function openLive(t: TestContext, gateway: TestGateway): Promise<Frame[]> {
  const frames: Frame[] = [];
  const socket = await openLiveSocket({
    url: gateway.url,
    headers: { authorization: `Bearer ${gateway.token}` },
    onMessage(data) {
      const parsed = JSON.parse(String(data)) as Frame | Frame[];
      frames.push(...(Array.isArray(parsed) ? parsed : [parsed]));
    },
  });
  t.after(() => socket.terminate());
  await until("the live feed began", () => frames.length > 0);
  return frames;
}

test("route (b), a health event: what happens to a process is seen on the socket, in order and without a gap", async (t) => {
  const gateway = await startGateway({ servers: { echo: ECHO } });
  t.after(() => gateway.stop());
  const frames = await openLive(t, gateway);
  const [first] = frames;
  assert.equal(first?.type, "initial_status");
  assert.deepEqual(
    first.data.servers.map(({ name, status }) => [name, status]),
    [["echo", "up"]],
  );
  process.kill(first.data.servers[0]?.pid as number, "SIGKILL");
  const back = (frame: Frame): boolean => frame.type === "mcp_status_change" && frame.data.new_status === "up";
  await until("the server is back", () => frames.some(back));
  const health = frames.flatMap((frame) => (frame.type === "health_event" ? [frame.data.event_type] : []));
  assert.deepEqual(health.slice(0, 3), ["process_exited", "recovery_attempt", "connected"]);
  const changes = frames.flatMap((frame) =>
    frame.type === "mcp_status_change" ? [`${frame.data.old_status} ${frame.data.new_status}`] : [],
  );
  assert.equal(changes[0]?.split(" ")[0], "up");
  assert.equal(changes.at(-1)?.split(" ")[1], "up");
  for (const [at, change] of changes.slice(1).entries()) assert.equal(change.split(" ")[0], changes[at]?.split(" ")[1]);
  let last = first.seq as number;
  for (const { type, seq, prev } of frames.slice(1)) {
    if (seq === undefined) continue;
    // A snapshot begins anew: one follows when the database is ready.
    if (type !== "initial_status") assert.equal(prev, last);
    last = seq;
  }
  const shown = frames.find(back);
  assert.ok(shown?.type === "mcp_status_change");
  const { pid, status } = await gateway.server("echo");
  assert.deepEqual([shown.data.server.pid, shown.data.server.status], [pid, status]);
});

describe("route (c), a configuration change", () => {
  let gateway: TestGateway;
  let upstream: RunningServer;
  before(async () => {
    upstream = await startUpstream("echo.ts", "--http");
    gateway = await startGateway({ servers: { echo: ECHO } });
  });
  after(async () => {
    await gateway.stop();
    await upstream.stop();
  });

  const toolNames = async (): Promise<string[]> => {
    const { body } = await gateway.api("GET", "/api/tools");
    return (body as { items: { qualifiedName: string }[] }).items.map(({ qualifiedName }) => qualifiedName);
  };

  test("by file and by REST reaches every legacy client as list_changed, and the tools are what was asked for", async (t) => {
    const all = await openEvents(gateway.url, "/mcp");
    const own = await openEvents(gateway.url, "/mcp/echo");
    t.after(() => [all, own].map((stream) => stream.close()));
    const changed = async (what: string, seen: number): Promise<void> => {
      const told = () => all.heard.filter(({ method }) => method === "notifications/tools/list_changed").length > seen;
      await until(`list_changed after ${what}`, told);
    };
    const count = (): number => all.heard.filter(({ method }) => method === "notifications/tools/list_changed").length;

    let seen = count();
    await gateway.configure({ mcpServers: { echo: ECHO, second: ECHO } });
    await changed("a server was added to the file", seen);
    assert.ok((await toolNames()).includes("second__echo"));

    seen = count();
    await gateway.configure({ mcpServers: { echo: ECHO, second: { ...ECHO, tools: { deny: ["echo"] } } } });
    await changed("a tool was hidden in the file", seen);
    assert.ok(!(await toolNames()).includes("second__echo"));
    assert.ok((await toolNames()).includes("second__add"));

    seen = count();
    await gateway.configure({ mcpServers: { echo: ECHO } });
    await changed("a server was removed from the file", seen);
    assert.ok(!(await toolNames()).includes("second__add"));

    seen = count();
    const added = await gateway.api("POST", "/api/servers", { name: "remote", url: upstream.url });
    assert.equal(added.status, 201);
    await changed("a server was added over REST", seen);
    assert.ok((await toolNames()).includes("remote__echo"));

    seen = count();
    assert.equal((await gateway.api("DELETE", "/api/servers/remote")).status, 204);
    await changed("a server was removed over REST", seen);
    assert.ok(!(await toolNames()).includes("remote__echo"));
    assert.deepEqual(own.heard, []);
  });
});
