// Are finished calls shown as they finish, narrowed, held, explained and found again, and is it told who is connected?
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { CallsPage } from "../src/contract/history.ts";
import { echo, holds, press, seriousFaults, sidewaysPixels, stageOf } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const KEPT = "kept";
const WATCHED = "watched";

const { gateway, scenario, open } = stageOf({
  [KEPT]: echo({ trusted: true, cache: { mode: "auto" } }),
  [WATCHED]: echo(),
});

const ask = async (server: string, tool: string, args: object): Promise<number> =>
  (await gateway().api("POST", "/api/tools/call", { server, tool, arguments: args })).status;
const say = (server: string, message: string) => ask(server, "echo", { message });
const stored = async (query = ""): Promise<CallsPage["items"]> =>
  ((await gateway().api("GET", `/api/calls${query}`)).body as CallsPage).items;
const table = (page: Page) => page.getByRole("table", { name: "Calls" });
const row = (page: Page, text: string) => table(page).getByRole("row").filter({ hasText: text });
const bodyRows = (page: Page) => table(page).locator("tbody tr");

scenario(
  "a call stands on the page as it finishes, told by the stream alone",
  { expected: /Failed to load/ },
  async (page) => {
    await say(WATCHED, "the first");
    await press(page, "g", "l");
    await row(page, `${WATCHED} / echo`).first().waitFor();
    await page.route("**/api/calls", (route) => route.abort());
    const before = await bodyRows(page).count();
    await say(WATCHED, "another");
    await until("the row is there", async () => (await bodyRows(page).count()) === before + 1);
    await ask(WATCHED, "fail", {});
    await row(page, "Tool error").first().waitFor();
    await ask(WATCHED, "no_such_tool", {});
    await row(page, "TOOL_NOT_FOUND").first().waitFor();
  },
);

scenario("a call is opened by keyboard and explained in words; Esc leads back to its row", {}, async (page) => {
  await say(KEPT, "explained");
  await say(KEPT, "explained");
  await until("both are stored", async () => (await stored(`?server=${KEPT}&disposition=hit`)).length > 0);
  await open(page, "/calls");
  await row(page, "Hit").first().waitFor();
  const [hit] = await stored(`?server=${KEPT}&disposition=hit`);
  assert.ok(hit);
  await press(page, "j");
  for (let rows = 0; rows < 40; rows++) {
    if (await page.evaluate(`document.activeElement.getAttribute("href") === "/calls/${hit.id}"`)) break;
    await press(page, "j");
  }
  await press(page, "Enter");
  const drawer = page.getByRole("dialog", { name: `Call ${hit.id}` });
  await drawer.getByText(/^Hit: answered with what was kept .+ before; the server was not asked\.$/).waitFor();
  await drawer.getByText("None: nothing was sent to the server.").waitFor();
  await drawer.getByText("Where its time went").waitFor();
  assert.equal(await drawer.getByRole("link", { name: KEPT }).getAttribute("href"), `/servers/${KEPT}`);
  assert.deepEqual(await seriousFaults(page), []);
  await press(page, "Escape");
  await holds(
    page,
    `location.pathname === "/calls" && document.activeElement.getAttribute("href") === "/calls/${hit.id}"`,
  );
});

scenario("a call has an address that tells of it even where the list does not reach", {}, async (page) => {
  await say(WATCHED, "addressed");
  const one = await until("it is stored", async () => (await stored(`?server=${WATCHED}&tool=echo`))[0]);
  await open(page, `/calls/${one.id}`);
  const drawer = page.getByRole("dialog", { name: `Call ${one.id}` });
  await drawer.getByText("Only watched, because the server's cache mode is shadow", { exact: false }).waitFor();
  await drawer.getByText(new Date(one.at).toISOString()).waitFor();
});

scenario("an unknown call is told in the gateway's words", { expected: /404/ }, async (page) => {
  await open(page, "/calls/c_nothing");
  await page.getByRole("dialog").getByText('Nothing is known of a call "c_nothing"', { exact: false }).waitFor();
});

scenario(
  "the list is narrowed by the gateway and goes on live, and a filter that finds nothing is cleared",
  {},
  async (page) => {
    await say(KEPT, "narrowed");
    await say(WATCHED, "narrowed");
    await open(page, "/calls");
    await row(page, `${KEPT} / echo`).first().waitFor();
    await page.getByRole("combobox", { name: "Server" }).selectOption(WATCHED);
    await row(page, `${KEPT} / echo`).first().waitFor({ state: "detached" });
    const before = await bodyRows(page).count();
    await say(KEPT, "not for this list");
    await say(WATCHED, "for this list");
    await until("only the one that matches came", async () => (await bodyRows(page).count()) === before + 1);
    await press(page, "/");
    await page.keyboard.type("no such tool");
    await page.getByText("No call matches").waitFor();
    await page.getByRole("button", { name: "Clear filter" }).click();
    await row(page, `${KEPT} / echo`).first().waitFor();
    assert.equal(await page.getByLabel("Tool", { exact: true }).inputValue(), "");
  },
);

scenario("a held list stands still, says what waits, and catches up", {}, async (page) => {
  await say(WATCHED, "before");
  await open(page, "/calls");
  await bodyRows(page).first().waitFor();
  const before = await bodyRows(page).count();
  await bodyRows(page).first().hover();
  await say(WATCHED, "while the pointer is there");
  await page.getByText(/, 1 newer held back while you are at the list\./).waitFor();
  assert.equal(await bodyRows(page).count(), before);
  await page.mouse.move(1, 1);
  await until("the row is there", async () => (await bodyRows(page).count()) === before + 1);
  await press(page, "p");
  await page.getByText("Paused.").waitFor();
  await say(WATCHED, "while paused");
  await until("it is stored", async () => (await stored()).length >= Math.min(100, before + 2));
  assert.equal(await bodyRows(page).count(), before + 1);
  await press(page, "p");
  await until("the row is there", async () => (await bodyRows(page).count()) === before + 2);
});

scenario("older calls come page by page without a double", {}, async (page) => {
  // The journal keeps a part of them.
  await until("more than a page is stored", async () => {
    await say(WATCHED, "one of many");
    return (await stored("?limit=1000")).length > 105;
  });
  await open(page, "/calls");
  await until("the newest are there", async () => (await bodyRows(page).count()) >= 100);
  await page.getByRole("button", { name: "Show older" }).click();
  await until("older ones follow", async () => (await bodyRows(page).count()) > 100);
  assert.equal(
    await page.evaluate("new Set([...document.querySelectorAll('tbody a')].map((link) => link.href)).size"),
    await bodyRows(page).count(),
  );
});

for (const colorScheme of ["light", "dark"] as const)
  scenario(
    `calls and connections have no serious accessibility fault and fit 500 pixels in the ${colorScheme} theme`,
    { colorScheme, reducedMotion: "reduce" },
    async (page) => {
      await say(WATCHED, "seen");
      for (const [path, shown] of [
        ["/calls", "Server and tool"],
        ["/connections", "Readers of the live stream"],
      ] as const) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await open(page, path);
        await page.getByRole("main").getByText(shown).waitFor();
        assert.deepEqual(await seriousFaults(page), [], path);
        await page.setViewportSize({ width: 500, height: 900 });
        assert.ok((await sidewaysPixels(page)) <= 0, path);
      }
    },
  );

scenario("who is connected stands on one page that asks again by itself", {}, async (page) => {
  await press(page, "g", "n");
  const readers = page.getByRole("table", { name: /^Readers of the live stream/ });
  await readers.getByText("Keeps up").first().waitFor();
  await readers.getByText("Everything but calls").first().waitFor();
  await page.getByText("None is open.").waitFor();
  const body = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "a-client", version: "1.2.3" },
    },
  };
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const answer = await fetch(`${gateway().url}/mcp`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200);
  await answer.text();
  const session = page
    .getByRole("table", { name: /^MCP sessions: 1$/ })
    .getByRole("row")
    .filter({ hasText: "a-client 1.2.3" });
  await session.getByText("2025-06-18").waitFor({ timeout: 15_000 });
});
