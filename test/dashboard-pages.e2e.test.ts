// Does each page do what it is for, by keyboard alone and without a reload? Chromium on a running gateway with a cache in use.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { CacheAnswer } from "../src/contract/cache.ts";
import type { EventsPage } from "../src/contract/history.ts";
import { echo, holds, press, stageOf, tabTo } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const KEPT = "kept";
const WATCHED = "watched";
/** More than the advisor wants to see before it says anything. */
const REPEATS = 25;

const { gateway, scenario, open } = stageOf({
  [KEPT]: echo({ trusted: true, cache: { mode: "auto" } }),
  [WATCHED]: echo(),
});

const ask = async (server: string, message: string): Promise<void> => {
  const body = { server, tool: "echo", arguments: { message } };
  assert.equal((await gateway().api("POST", "/api/tools/call", body)).status, 200);
};
const cache = async (): Promise<CacheAnswer> => (await gateway().api("GET", "/api/cache")).body as CacheAnswer;
const focusedText = (page: Page) => page.evaluate("document.activeElement?.textContent");
const main = (page: Page) => page.getByRole("main");
const isUp = (name: string) => until(`${name} is up`, async () => (await gateway().server(name)).status === "up");

scenario("the cache page says in words what the gateway counted, and follows it", {}, async (page) => {
  for (let times = 0; times < 4; times++) await ask(KEPT, "again");
  await press(page, "g", "h");
  await main(page)
    .getByText(/^\d+ % of \d+ lookups were answered without a server, which saved .+ of waiting\.$/)
    .waitFor();
  const before = await cache();
  const figure = (label: string) => main(page).locator("dl > div").filter({ hasText: label }).locator("dd");
  assert.equal(await figure("Hits").textContent(), String(before.hits));
  assert.match((await figure("Entries").textContent()) ?? "", new RegExp(`^${before.entries}of 1 k$`));
  await ask(KEPT, "again");
  await until("the page shows the new hit", async () => (await figure("Hits").textContent()) === `${before.hits + 1}`);
});

scenario(
  "kept answers are cleared in two presses of the keyboard, and the page says how many went",
  {},
  async (page) => {
    for (const message of ["a", "b", "c"]) await ask(KEPT, message);
    const { entries } = (await cache()).tools.find(({ server, tool }) => server === KEPT && tool === "echo") ?? {};
    assert.ok(entries && entries >= 3);
    await press(page, "g", "h");
    await page.getByRole("table", { name: "Tools" }).waitFor();
    const full = `Clear ${KEPT} / echo`;
    await tabTo(page, full);
    await press(page, "Enter");
    await holds(page, `document.activeElement.textContent === "${full}"`);
    await press(page, "Escape");
    await holds(page, `document.activeElement.getAttribute("aria-label") === "${full}"`);
    assert.equal((await cache()).tools.find(({ server }) => server === KEPT)?.entries, entries);
    await press(page, "Enter", "Enter");
    const said = page.getByRole("status").getByText(`${entries} kept answers of ${KEPT} / echo were dropped.`);
    await said.waitFor();
    await page.getByRole("button", { name: `Clear ${KEPT}`, exact: true }).click();
    await page.getByRole("button", { name: `Clear ${KEPT}`, exact: true }).click();
    await page.getByText(`No kept answer of ${KEPT} was dropped.`).waitFor();
    await page.getByRole("button", { name: "Clear all kept answers" }).click();
    await page.getByRole("button", { name: "Clear all kept answers" }).click();
    await page.getByText("No kept answer was dropped.").waitFor();
  },
);

scenario("an emptied cache is on the page at once, whoever emptied it", {}, async (page) => {
  await ask(KEPT, "soon gone");
  await press(page, "g", "h");
  const kept = page.getByRole("table", { name: "Servers" }).getByRole("row").filter({ hasText: KEPT });
  await kept.getByText(/ in \d/).waitFor();
  // Right after an answer, so that the next one by itself is seconds away.
  await page.waitForResponse((response) => response.url().endsWith("/api/cache"));
  await gateway().api("DELETE", `/api/cache?server=${KEPT}`);
  await kept.getByText(/ in \d/).waitFor({ state: "detached", timeout: 2_000 });
});

scenario(
  "the advisor's sentence and its line stand as the gateway wrote them, and the line can be copied",
  { permissions: ["clipboard-read", "clipboard-write"] },
  async (page) => {
    for (let times = 0; times < REPEATS; times++) await ask(WATCHED, "always the same");
    const advice = await until("the advisor has seen it for long enough", async () => {
      await ask(WATCHED, "always the same");
      return (await cache()).advice.find(({ server, config }) => server === WATCHED && config !== null);
    });
    await press(page, "g", "h");
    const item = page.getByRole("region", { name: "Advice" }).getByRole("listitem").filter({ hasText: WATCHED });
    await item.getByText(advice.config as string, { exact: true }).waitFor();
    assert.ok(((await item.textContent()) ?? "").includes(advice.sentence.replaceAll("`", "")));
    await item.getByRole("button", { name: "Copy the line for echo" }).click();
    await item.getByRole("button").getByText("Copied").waitFor();
    assert.equal(await page.evaluate("navigator.clipboard.readText()"), advice.config);
  },
);

scenario("a server's page is opened with Enter, and its verbs answer in words", {}, async (page) => {
  await isUp(WATCHED);
  await page.getByRole("link", { name: WATCHED }).waitFor();
  await press(page, "j");
  while ((await focusedText(page)) !== WATCHED) await press(page, "j");
  await press(page, "Enter");
  const status = page.getByRole("status");
  await page.getByText("Closed: calls pass.").waitFor();
  await press(page, "p");
  await status.getByText(`Probed: ${WATCHED} is up.`).waitFor();
  await press(page, "i");
  await status.getByText(new RegExp(`^Isolated: ${WATCHED} is paused\\.`)).waitFor();
  await page.getByText(/^Isolated: no call passes until it is released\./).waitFor();
  await tabTo(page, "Releasei");
  await press(page, "Enter");
  await status.getByText(new RegExp(`^Released: ${WATCHED} is `)).waitFor();
  await page.getByRole("button", { name: "Disable" }).click();
  await status.getByText(new RegExp(`^Disabled: ${WATCHED} is paused\\.`)).waitFor();
  await page.getByRole("button", { name: "Enable" }).click();
  await status.getByText(new RegExp(`^Enabled: ${WATCHED} is `)).waitFor();
  await page.getByRole("button", { name: "Reconnect" }).click();
  await status.getByText(new RegExp(`^Reconnected: ${WATCHED} is `)).waitFor();
  await press(page, "Escape");
  await holds(page, `document.activeElement.textContent === "${WATCHED}" && location.pathname === "/"`);
  await isUp(WATCHED);
});

scenario("a lost process becomes an incident with its cause and its duration", {}, async (page) => {
  await isUp(KEPT);
  await open(page, `/servers/${KEPT}`);
  await page.getByRole("button", { name: "Probe now" }).waitFor();
  const { pid } = await gateway().server(KEPT);
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  const incident = page.getByRole("table", { name: "Incidents" }).getByRole("row").filter({ hasText: "SIGKILL" });
  await incident.first().waitFor();
  await incident
    .getByText(/^[\d.]+ (ms|s)$/)
    .first()
    .waitFor();
  await page.getByText("The health log").click();
  await page.getByRole("table", { name: "Health log" }).getByText("Exited").first().waitFor();
});

scenario(
  "a tool is tried by keyboard: fresh, then from the cache with its age, then past the cache",
  {},
  async (page) => {
    await isUp(KEPT);
    await press(page, "g", "t");
    await page.getByRole("searchbox", { name: "Search tools" }).waitFor();
    await press(page, "/");
    await page.keyboard.type(`${KEPT}__echo`);
    await page.getByText(/^1 of \d+ tools, about \d+ tokens by estimate$/).waitFor();
    await press(page, "Tab", "Enter");
    const id = await page.getByLabel("message").getAttribute("id");
    for (let tabs = 0; tabs < 8 && (await page.evaluate("document.activeElement?.id")) !== id; tabs++)
      await press(page, "Tab");
    await page.keyboard.type(`typed ${Date.now()}`);
    const result = page.getByRole("region", { name: "Result" });
    await press(page, "Tab", "Enter");
    await result.getByText("Fresh", { exact: true }).waitFor();
    await press(page, "Enter");
    await result.getByText(/^From the cache, [\d.]+ (ms|s) old$/).waitFor();
    await tabTo(page, "Run again past the cache");
    await press(page, "Enter");
    await result.getByText("Fresh, cache not used").waitFor();
    await page.getByText(/^Input schema; the definition takes about \d+ tokens by estimate$/).click();
    await page.getByText('"required": [').waitFor();
  },
);

scenario("events come by themselves, are narrowed, held and opened", {}, async (page) => {
  await press(page, "g", "e");
  await ask(KEPT, "to be dropped");
  const drop = () => gateway().api("DELETE", `/api/cache?server=${KEPT}`);
  await drop();
  const table = page.getByRole("table", { name: "Events" });
  await table.getByText("Cache emptied").first().waitFor();
  // What happened before is there too: it may come a moment later than what happens now.
  await table.getByText("Connected").first().waitFor();
  await press(page, "p");
  await page.getByText("Paused.").waitFor();
  const rows = await table.getByRole("row").count();
  await ask(KEPT, "to be dropped");
  await drop();
  await page.getByText(/new since the pause$/).waitFor();
  assert.equal(await table.getByRole("row").count(), rows);
  await press(page, "p");
  await holds(page, `document.querySelectorAll("main tbody tr").length >= ${rows}`);
  await press(page, "/");
  await page.keyboard.type("person cleared");
  await page.getByRole("combobox", { name: "Kind of event" }).selectOption("Cache");
  await tabTo(page, KEPT);
  await press(page, "Enter");
  await page.getByRole("dialog").getByText("a person cleared it").waitFor();
  assert.match(page.url(), /\/events\/\d+$/);
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await holds(page, `document.activeElement.hasAttribute("data-row") && location.pathname === "/events"`);
  await page.getByRole("combobox", { name: "Kind of event" }).selectOption("Status changes");
  await page.getByRole("button", { name: "Clear filter" }).click();
  await table.waitFor();
});

scenario("what happened before the page was opened is told as well, and an event has an address", {}, async (page) => {
  await ask(KEPT, "to be dropped");
  await gateway().api("DELETE", `/api/cache?server=${KEPT}`);
  const stored = async () => {
    const { items } = (await gateway().api("GET", "/api/events?limit=1000")).body as EventsPage;
    return items.find(({ type }) => type === "cache_invalidated");
  };
  const row = await until("the journal has it", stored);
  await open(page, "/events");
  await page.getByRole("table", { name: "Events" }).getByText("Cache emptied").first().waitFor();
  await open(page, `/events/${row.seq}`);
  await page
    .getByRole("dialog", { name: `Event ${row.seq}` })
    .getByText(new Date(row.at).toISOString())
    .waitFor();
});

scenario("every page is reached, and left, with the keyboard alone", {}, async (page) => {
  for (const [key, title] of [
    ["s", "Servers"],
    ["t", "Tools"],
    ["h", "Cache"],
    ["e", "Events"],
    ["f", "Configuration"],
    ["o", "Overview"],
  ] as const) {
    await press(page, "g", key);
    await page.getByRole("main", { name: title }).waitFor();
    await holds(page, `document.activeElement === document.querySelector("main")`);
    assert.equal(await page.locator("nav [aria-current=page]").first().textContent(), `${title}g ${key}`);
  }
  await page.reload();
  await page.getByRole("main", { name: "Overview" }).waitFor();
  await press(page, "Tab");
  assert.equal(await focusedText(page), "Skip to content");
  await press(page, "Enter");
  await holds(page, `document.activeElement === document.querySelector("main")`);
  await press(page, "?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await press(page, "Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate("location.pathname"), "/");
});
