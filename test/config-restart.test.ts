// What becomes of changes when the gateway stops, when its file is another one then, and while there is no database?
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { configOf, patch, revisionsOf } from "./config-kit.ts";
import { startGateway } from "./kit.ts";
import { allUp, stdio } from "./recovery-kit.ts";
import { openCounted } from "./upstreams/counted.ts";

const tools = { "b*": { ttlMs: 1 }, a: "off", "*": { ttlMs: 2 } };

test("changes, servers that were added, and the numbers of revisions outlive a restart; another file makes a revision", async () => {
  const folder = await mkdtemp(join(tmpdir(), "omni2-config-"));
  const web = await openCounted({ tools: { look: {} } });
  const file = { echo: { ...stdio("echo.ts"), description: "one" } };
  try {
    const first = await startGateway({ folder, servers: file });
    const added = { mine: { url: web.url, headers: { A: "Bearer abc" }, cache: { tools } } };
    const { status } = await patch(first, { mcpServers: { echo: { timeoutMs: 1_234, cache: { tools } }, ...added } });
    assert.equal(status, 200);
    const before = await configOf(first);
    await first.stop();

    const second = await startGateway({ folder, servers: file });
    await allUp(second, ["echo", "mine"]);
    const now = await configOf(second);
    assert.equal(JSON.stringify(now.changes), JSON.stringify(before.changes), "patterns in their order");
    assert.deepEqual([now.revision, now.document], [before.revision, before.document]);
    await second.stop();

    const third = await startGateway({ folder, servers: { echo: { ...stdio("echo.ts"), description: "two" } } });
    const [newest, ...older] = await revisionsOf(third);
    assert.deepEqual(
      [newest?.n, newest?.source, newest?.changes],
      [3, "start", [{ path: "mcpServers.echo.description", before: "one", after: "two", needsRestart: false }]],
    );
    assert.deepEqual(
      older.map(({ n, source, by }) => [n, source, by]),
      [
        [2, "rest", "admin"],
        [1, "start", "gateway"],
      ],
    );
    await third.stop();
  } finally {
    await web.close();
    await rm(folder, { recursive: true });
  }
});

test("without a database the configuration is shown, its file is followed, and a change is refused", async () => {
  const gateway = await startGateway({
    servers: { echo: stdio("echo.ts") },
    databaseUrl: "postgres://nobody@127.0.0.1:9/none",
    until: "Listening",
  });
  try {
    const { revision } = await configOf(gateway);
    assert.equal(revision, 1);
    const { status, body } = await patch(gateway, { omni2: { hideAfterMs: 5 } });
    assert.deepEqual([status, body.error.code], [503, "STORE_UNAVAILABLE"]);
    assert.equal((await gateway.api("GET", "/api/config/revisions")).status, 503);
  } finally {
    await gateway.stop();
  }
});
