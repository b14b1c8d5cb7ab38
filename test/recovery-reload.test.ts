// What does an edit of the configuration file touch? The servers that it names, and nothing else; a broken edit touches nothing.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ServerView } from "../src/contract/upstream.ts";
import { openSdk2 } from "./clients/asker.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { allUp, stdio, textOf, type Watcher, watch } from "./recovery-kit.ts";

const echo = (more: object = {}) => ({ ...stdio("echo.ts"), ...more });

let gateway: TestGateway;
let watcher: Watcher;

before(async () => {
  gateway = await startGateway({ servers: { stays: echo(), changes: echo(), leaves: echo() } });
  await allUp(gateway, ["stays", "changes", "leaves"]);
  watcher = await watch(gateway);
});

after(async () => {
  watcher?.close();
  await gateway?.stop();
});

const names = async (): Promise<string[]> =>
  ((await gateway.api("GET", "/api/servers")).body as { items: ServerView[] }).items.map(({ name }) => name);

const isGone = (pid: number | null): boolean => {
  try {
    return !process.kill(Number(pid), 0);
  } catch {
    return true;
  }
};

const complaints = () => gateway.lines.filter(({ msg }) => msg.startsWith("the old configuration stays"));

describe("an edit of the configuration file", () => {
  it("starts what is new, replaces what changed, stops what went, and leaves the rest running", async () => {
    const { client } = await openSdk2({ url: `${gateway.url}/mcp` }, "legacy");
    const listChanged = new Promise<void>((resolve) =>
      client.setNotificationHandler("notifications/tools/list_changed", () => resolve()),
    );
    const [stays, changes, leaves] = await Promise.all(["stays", "changes", "leaves"].map(gateway.server));
    await gateway.configure({ mcpServers: { stays: echo(), changes: echo({ env: { MODE: "2" } }), joins: echo() } });
    await until("the servers are the new ones", async () => (await names()).join() === "changes,joins,stays");
    await allUp(gateway, ["stays", "changes", "joins"]);
    assert.equal((await gateway.server("stays")).pid, stays?.pid);
    assert.notEqual((await gateway.server("changes")).pid, changes?.pid);
    await until("the old processes are gone", () => isGone(Number(changes?.pid)) && isGone(Number(leaves?.pid)));
    for (const server of ["stays", "changes", "joins"])
      assert.equal(await textOf(gateway, { server, tool: "echo", arguments: { message: server } }), server);
    assert.equal((await gateway.api("GET", "/api/servers/leaves")).status, 404);
    const removed = await until("the watchers are told", () => {
      const frames = watcher.of("server_removed");
      return frames.length > 0 ? frames : undefined;
    });
    assert.deepEqual(
      removed.map(({ data }) => data.name),
      ["leaves"],
    );
    assert.deepEqual(watcher.events("stays"), []);
    await listChanged;
    const { tools } = await client.listTools();
    assert.ok(tools.some(({ name }) => name === "joins__echo") && !tools.some(({ name }) => name === "leaves__echo"));
    await client.close();
  });

  it("that cannot be read changes nothing, and says why in one line", async () => {
    const before = await Promise.all(["stays", "changes", "joins"].map(gateway.server));
    await writeFile(join(gateway.folder, "omni2.json"), '{ "mcpServers": { "stays": { "command": ');
    await until("it is refused", () => complaints().length > 0);
    const [line, ...more] = complaints();
    assert.deepEqual(more, []);
    assert.equal(line?.level, "error");
    assert.match(String(line?.msg), /omni2\.json/);
    assert.deepEqual(await names(), ["changes", "joins", "stays"]);
    const after = await Promise.all(["stays", "changes", "joins"].map(gateway.server));
    assert.deepEqual(
      after.map(({ pid, status }) => ({ pid, status })),
      before.map(({ pid }) => ({ pid, status: "up" })),
    );
  });

  it("that names an impossible server changes nothing either", async () => {
    await gateway.configure({ mcpServers: { stays: echo(), two__parts: echo(), nothing: { args: [] } } });
    await until("it is refused", () => complaints().length > 1);
    assert.deepEqual(await names(), ["changes", "joins", "stays"]);
  });

  it("that mends it is taken up", async () => {
    const { pid } = await gateway.server("stays");
    await gateway.configure({ mcpServers: { stays: echo() } });
    await until("only one is left", async () => (await names()).join() === "stays");
    assert.equal((await gateway.server("stays")).pid, pid);
    watcher.assertSound();
  });
});
