import assert from "node:assert/strict";
import { test } from "node:test";
import { type Catalog, createCatalog } from "#upstream/catalog.ts";
import { EMPTY_LISTS } from "#upstream/snapshot.ts";
import { LogLevels } from "./log-levels.ts";

function stage(send?: (server: string, level: string) => Promise<unknown>) {
  const catalog: Catalog = createCatalog();
  for (const [server, capabilities] of Object.entries({ chatty: { logging: {} }, loud: { logging: {} }, mute: {} })) {
    catalog.put(
      server,
      {
        era: "legacy",
        protocolVersion: "2025-11-25",
        serverInfo: null,
        instructions: null,
        capabilities,
        lists: EMPTY_LISTS,
        hints: {},
      },
      { allow: ["*"], deny: [] },
    );
  }
  const sent: string[] = [];
  const levels = new LogLevels({
    catalog,
    send: async (server, level) => {
      sent.push(`${server} ${level}`);
      await send?.(server, level);
    },
  });
  return { levels, sent };
}

test("a level is asked of every server of the view that can log", async () => {
  const { levels, sent } = stage();
  await levels.want(null, "warning");
  assert.deepEqual(sent, ["chatty warning", "loud warning"]);
});

test("the most verbose wish stays; quieter ones are each client's own filter", async () => {
  const { levels, sent } = stage();
  await levels.want("chatty", "info");
  await levels.want("chatty", "error");
  await levels.want("chatty", "info");
  await levels.want("chatty", "debug");
  assert.deepEqual(sent, ["chatty info", "chatty debug"]);
});

test("a new link is asked again, if anybody has asked before", async () => {
  const { levels, sent } = stage();
  levels.reapply("chatty");
  await levels.want("chatty", "info");
  levels.reapply("chatty");
  levels.reapply("mute");
  assert.deepEqual(sent, ["chatty info", "chatty info"]);
});

test("a server that refuses is nobody's problem", async () => {
  const { levels } = stage(() => Promise.reject(new Error("no")));
  await levels.want(null, "info");
  levels.reapply("chatty");
  await levels.want("nope", "info");
});
