// Does the overview tell by itself what happens, and is everything reached from one field? Chromium on a running gateway.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { echo, holds, isWhole, press, seriousFaults, stageOf, tabTo } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const KILLED = "killed";
const CALM = "calm";
const STEERED = "steered";

const { gateway, scenario, open } = stageOf({ [KILLED]: echo(), [CALM]: echo(), [STEERED]: echo() });

const isUp = (name: string) => until(`${name} is up`, async () => (await gateway().server(name)).status === "up");
const row = (page: Page, name: string) =>
  page
    .getByRole("table", { name: "Servers" })
    .getByRole("row")
    .filter({ has: page.getByRole("link", { name, exact: true }) });
const strip = (page: Page, name: string) => row(page, name).getByRole("img");
const figure = (page: Page, label: string) =>
  page.locator("main dl > div").filter({ hasText: label }).locator("dd").first();
const ask = async (server: string): Promise<void> => {
  const body = { server, tool: "echo", arguments: { message: "hello" } };
  assert.equal((await gateway().api("POST", "/api/tools/call", body)).status, 200);
};
async function kill(name: string): Promise<void> {
  const { pid } = await gateway().server(name);
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
}

/** Notes each text that the tab's title, the sentence, a row and a strip have shown. */
const WITNESS = `
  window.seen = { title: new Set(), sentence: new Set(), row: new Set(), strip: new Set() };
  new MutationObserver(() => {
    seen.title.add(document.title);
    seen.sentence.add(document.querySelector("main p")?.textContent ?? "");
    const row = [...document.querySelectorAll("main tr[data-status]")].find((it) => it.querySelector("a")?.textContent === "${KILLED}");
    if (!row) return;
    seen.row.add(row.dataset.status);
    for (const bars of row.querySelectorAll("svg path[data-status]")) if (bars.getAttribute("d")) seen.strip.add(bars.dataset.status);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
`;

scenario(
  "when a server is killed and returns, the tab, the sentence, its row, its strip and the events tell of it by themselves",
  { witness: WITNESS },
  async (page) => {
    await isUp(KILLED);
    await row(page, KILLED).getByText("Up", { exact: true }).waitFor();
    await strip(page, KILLED).waitFor();
    await page.evaluate("window.sameDocument = true; for (const texts of Object.values(seen)) texts.clear()");
    await kill(KILLED);
    await holds(page, `[...seen.title].some((title) => /^1 (down|recovering) · /.test(title))`);
    await holds(page, `[...seen.sentence].some((text) => /^${KILLED} is (down|recovering)/.test(text))`);
    await holds(page, `seen.row.has("down") || seen.row.has("recovering")`);
    await holds(page, `seen.strip.has("down") || seen.strip.has("recovering")`);
    const events = page.getByRole("table", { name: "Recent events" }).getByRole("row").filter({ hasText: KILLED });
    await events
      .filter({ hasText: /Down|Recovering/ })
      .first()
      .waitFor();
    await row(page, KILLED).getByText("Up", { exact: true }).waitFor({ timeout: 20_000 });
    await holds(page, `document.title === "Overview · OMNI2"`);
    await page.getByText("All 3 servers are up.").waitFor();
    await events.first().getByText("Up", { exact: true }).waitFor();
    await row(page, KILLED)
      .getByRole("img", { name: /^Last 24 hours: \d+ incidents?, down for .+, the last at \d\d:\d\d:\d\d\.$/ })
      .waitFor();
    assert.equal(await page.evaluate("window.sameDocument"), true);
  },
);

scenario("the arrow keys tell a strip's bars one by one", {}, async (page) => {
  await strip(page, CALM).waitFor();
  assert.equal(await strip(page, CALM).getAttribute("aria-label"), "Last 24 hours: no incident.");
  await row(page, CALM).getByRole("link").focus();
  await press(page, "Tab");
  await holds(page, `document.activeElement.getAttribute("role") === "img"`);
  const told = row(page, CALM).getByRole("status");
  await told.getByText(/^\d\d:\d\d to \d\d:\d\d: .*up/).waitFor();
  const last = await told.textContent();
  await press(page, "ArrowLeft");
  assert.notEqual(await told.textContent(), last);
  await press(page, "Home");
  await told.getByText(/^\d\d:\d\d to \d\d:\d\d: unknown\./).waitFor();
  await press(page, "End");
  assert.equal(await told.textContent(), last);
  assert.deepEqual(await seriousFaults(page), []);
  await press(page, "Tab");
  await told.waitFor({ state: "detached" });
  await strip(page, CALM).hover();
  await told.waitFor();
  await strip(page, CALM).click();
  await holds(page, `location.pathname === "/servers/${CALM}"`);
});

scenario("the figures follow what is called, each with its last hour in words", {}, async (page) => {
  await page.getByRole("img", { name: /^Sessions/ }).waitFor();
  const before = Number.parseInt((await figure(page, "Calls").textContent()) ?? "", 10) || 0;
  for (let times = 0; times < 5; times++) await ask(CALM);
  await until("the page counts the calls", async () => {
    const now = Number.parseInt((await figure(page, "Calls").textContent()) ?? "", 10);
    return now >= before + 5;
  });
  assert.match((await figure(page, "Faults").textContent()) ?? "", /^0%/);
  await until("the latency is told", async () =>
    /\d(ms|s)$/.test((await figure(page, "Latency p95").textContent()) ?? ""),
  );
  await page.getByRole("img", { name: /^Sessions over the last hour: 0\.$/ }).waitFor({ timeout: 40_000 });
});

scenario("a server's page tells its incidents, its downtime and its load as the gateway does", {}, async (page) => {
  await isUp(KILLED);
  await ask(KILLED);
  await kill(KILLED);
  await until("it is gone", async () => (await gateway().server(KILLED)).status !== "up");
  await isUp(KILLED);
  await until("its minutes are written", async () => {
    const { body } = await gateway().api("GET", `/api/servers/${KILLED}/minutes`);
    return (body as { items: unknown[] }).items.length > 0;
  });
  await open(page, `/servers/${KILLED}`);
  const incidents = page.getByRole("region", { name: "Incidents" });
  await incidents.getByRole("table", { name: "Incidents" }).getByText("SIGKILL").first().waitFor();
  const told = async (label: string) =>
    incidents.locator("dl > div").filter({ hasText: label }).locator("dd").textContent();
  assert.match((await told("Incidents")) ?? "", /^[1-9]/);
  assert.match((await told("Downtime")) ?? "", /^[\d.]+(ms|s)$/);
  assert.match((await told("Mean time to recover")) ?? "", /^[\d.]+(ms|s)$/);
  const load = page.getByRole("region", { name: "Load" });
  const image = load.getByRole("img", { name: /^\d+ calls? in the last 24 hours, / });
  await image.focus();
  await load.getByText(/^\d\d:\d\d to \d\d:\d\d: /).waitFor();
  await press(page, "Home");
  await load.getByText(/: no calls\.$/).waitFor();
  assert.deepEqual(await seriousFaults(page), []);
});

const palette = (page: Page) => page.getByRole("dialog", { name: "Find or run" });
const field = (page: Page) => palette(page).getByRole("combobox", { name: "Find or run" });

scenario("pages, servers and tools are found from anywhere by typing a part of them", {}, async (page) => {
  await press(page, "Control+k");
  await field(page).waitFor();
  await page.keyboard.type("cac");
  await palette(page).getByRole("option", { name: "Cache" }).first().waitFor();
  await press(page, "Enter");
  await page.getByRole("main", { name: "Cache" }).waitFor();
  await page.getByRole("button", { name: "Find or run…" }).click();
  await page.keyboard.type(`${CALM} sleep`);
  await palette(page).getByRole("option", { name: "sleep" }).waitFor();
  await press(page, "Enter");
  await holds(page, `location.pathname === "/tools/${CALM}/sleep"`);
  await press(page, "Control+k");
  await palette(page).getByRole("option").first().getByText("sleep").waitFor();
  await page.keyboard.type("zzz");
  await palette(page).getByText("Nothing fits “zzz”.").waitFor();
  await press(page, "Escape");
  await palette(page).waitFor({ state: "detached" });
});

scenario("a verb is run from the palette, and one that takes something away is asked about first", {}, async (page) => {
  await isUp(STEERED);
  await open(page, `/servers/${STEERED}`);
  await page.getByText("Probe now").waitFor();
  await tabTo(page, "Reconnect");
  await press(page, "Control+k");
  await palette(page).getByRole("option").first().getByText(`Probe ${STEERED}`).waitFor();
  const said = palette(page).getByRole("status");
  await press(page, "Enter");
  await said.getByText(`Probed: ${STEERED} is up.`).waitFor();
  await page.keyboard.type(`iso ${STEERED}`);
  await press(page, "Enter");
  await said.getByText(`Isolate ${STEERED}?`).waitFor();
  await press(page, "Escape");
  await said.getByText(`Isolate ${STEERED}?`).waitFor({ state: "detached" });
  assert.notEqual((await gateway().server(STEERED)).circuitState, "isolated");
  await press(page, "Enter", "Enter");
  await said.getByText(new RegExp(`^Isolated: ${STEERED} is paused\\.`)).waitFor();
  assert.equal((await gateway().server(STEERED)).circuitState, "isolated");
  await page.keyboard.type(`release ${STEERED}`);
  await press(page, "Enter");
  await said.getByText(new RegExp(`^Released: ${STEERED} is `)).waitFor();
  await press(page, "Escape");
  await holds(page, `document.activeElement.textContent === "Reconnect"`);
});

for (const colorScheme of ["light", "dark"] as const)
  scenario(
    `the palette has no serious accessibility fault in the ${colorScheme} theme, and fits 500 pixels`,
    { colorScheme, viewport: { width: 500, height: 800 } },
    async (page) => {
      await press(page, "Control+k");
      await palette(page).getByRole("option").first().waitFor();
      await isWhole(page);
    },
  );
