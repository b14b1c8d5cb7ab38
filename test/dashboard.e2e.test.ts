// What does a person see in a browser? Chromium on the built dashboard of a running gateway: live, by keyboard, in both themes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { bin } from "./clients/command-line.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { CHROMIUM, missingChromium } from "./machine.ts";
import { upstreamFile } from "./upstreams/start.ts";

const stdio = (script: string, ...args: string[]) => ({ command: process.execPath, args: [script, ...args] });
/** The published sample servers beside one of ours, so that the pages are as full as a newcomer's. */
const SERVERS = {
  echo: stdio(upstreamFile("echo.ts")),
  everything: stdio(bin("mcp-server-everything"), "stdio"),
  files: stdio(bin("mcp-server-filesystem"), fileURLToPath(new URL("../examples/files", import.meta.url))),
  thinking: stdio(bin("mcp-server-sequential-thinking")),
};
const KILLED = "echo";
const TOOL = { server: "echo", name: "echo", field: "message" };

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-background-timer-throttling",
  "--disable-component-update",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Notes every status a row has shown and every animation that has moved something. */
const WITNESS = `
  window.seen = []; window.moved = [];
  addEventListener("animationstart", (event) => /turn|change|slide/.test(event.animationName) && moved.push(event.animationName), true);
  new MutationObserver((records) => { for (const { target } of records) seen.push(target.querySelector("a")?.textContent + " " + target.dataset.status); })
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-status"] });
`;

const missing = missingChromium() ?? false;

let gateway: TestGateway | null = null;
let browser: Browser | null = null;

before(async () => {
  if (missing) return;
  gateway = await startGateway({ servers: SERVERS });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
});
after(async () => {
  await browser?.close();
  await gateway?.stop();
});

/** A signed-in page that is live; a refused script, a broken rule of the page's policy or a bug in it fails the test. */
async function visit(options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  assert.ok(gateway && browser);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (line) => /Content Security Policy|Refused/.test(line.text()) && problems.push(line.text()));
  await page.addInitScript(WITNESS);
  await page.goto(`${gateway.url}/#token=${gateway.token}`);
  await page.getByText("Live", { exact: true }).waitFor();
  await act(page).finally(() => context.close());
  assert.deepEqual(problems, []);
}
const scenario = (title: string, options: BrowserContextOptions, act: (page: Page) => Promise<void>): void => {
  test(title, { skip: missing, timeout: 60_000 }, () => visit(options, act));
};
const row = (page: Page, server: string) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name: server, exact: true }) });
const isUp = (page: Page, server: string) =>
  row(page, server).getByText("Up", { exact: true }).waitFor({ timeout: 20_000 });
const open = (page: Page, hash: string) => page.goto(`${gateway?.url}/${hash}`);
/** Waits until an expression is true; Playwright's own waiting needs eval, which the page's policy forbids. */
async function holds(page: Page, expression: string): Promise<void> {
  for (let tries = 0; !(await page.evaluate(expression)); tries++) {
    assert.ok(tries < 200, `never came true: ${expression}`);
    await sleep(100);
  }
}
async function killAndReturn(page: Page): Promise<void> {
  await isUp(page, KILLED);
  await page.evaluate("seen.length = 0");
  const { pid } = (await gateway?.server(KILLED)) ?? {};
  assert.ok(pid);
  process.kill(pid, "SIGKILL");
  await holds(page, `seen.some((line) => line.startsWith("${KILLED} ") && !line.endsWith(" up"))`);
  await isUp(page, KILLED);
}

scenario("the login link shows the servers and leaves no token in the address bar", {}, async (page) => {
  await isUp(page, KILLED);
  assert.ok(!page.url().includes("token"));
  assert.match((await page.locator("main p").first().textContent()) ?? "", /servers? (is|are) up\.|The server is up\./);
  assert.match(await page.title(), /OMNI2$/);
});

scenario("a wrong token is refused in words, and signing out asks for one again", {}, async (page) => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Admin token").fill("not the token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("did not accept this token").waitFor();
});

scenario("a server that dies is shown as it happens and returns without a reload", {}, async (page) => {
  await page.evaluate("window.sameDocument = true");
  await killAndReturn(page);
  assert.equal(await page.evaluate("window.sameDocument"), true);
  await page.getByRole("table", { name: "Recent events" }).getByText(KILLED).first().waitFor();
  assert.notDeepEqual(await page.evaluate("moved"), []);
});

scenario(
  "with reduced motion nothing moves while a server dies and returns",
  { reducedMotion: "reduce" },
  async (page) => {
    await killAndReturn(page);
    await row(page, KILLED).getByRole("link").click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await page.evaluate("moved"), []);
  },
);

scenario("a tool is run from the form made of its schema, and its answer is shown as text", {}, async (page) => {
  await open(page, `#/tools/${TOOL.server}/${TOOL.name}`);
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("This is required.").waitFor();
  await page.getByLabel(TOOL.field).fill("<b>hello</b> from the page");
  await page.getByRole("button", { name: "Run" }).click();
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText("<b>hello</b> from the page").waitFor();
  assert.match((await result.locator("[data-facts]").textContent()) ?? "", /\d ms/);
});

scenario("everything is reached with the keyboard alone", {}, async (page) => {
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate("document.activeElement?.textContent");
  await press("g", "s");
  await page.getByRole("searchbox", { name: "Filter servers" }).waitFor();
  await press("/");
  await page.keyboard.type(KILLED);
  await press("Tab", "Enter");
  await page.getByRole("dialog", { name: `Server ${KILLED}` }).waitFor();
  assert.ok(page.url().endsWith(`#/servers/${KILLED}`));
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(), KILLED);
  await press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await press("Escape", "g", "t");
  await page.getByRole("searchbox", { name: "Search tools" }).waitFor();
  await press("/");
  await page.keyboard.type(`${TOOL.server}__${TOOL.name}`);
  await page.getByText(/^1 of \d+ tools$/).waitFor();
  await press("Tab", "Enter");
  const field = page.getByLabel(TOOL.field);
  await field.waitFor();
  const id = await field.getAttribute("id");
  for (let tabs = 0; tabs < 6 && (await page.evaluate("document.activeElement?.id")) !== id; tabs++) await press("Tab");
  await page.keyboard.type("by keyboard");
  await press("Tab", "Enter");
  await page.getByRole("region", { name: "Result" }).getByText("by keyboard").waitFor();
});

scenario("the chosen theme is kept for the next visit", { colorScheme: "light" }, async (page) => {
  await page.keyboard.press("t");
  const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  assert.equal(await background(), "rgb(17, 17, 19)");
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  assert.equal(await background(), "rgb(17, 17, 19)");
});

const PAGES = ["#/", "#/servers", `#/servers/${KILLED}`, "#/tools", `#/tools/${TOOL.server}/${TOOL.name}`];

for (const colorScheme of ["light", "dark"] as const)
  scenario(`no page has a serious accessibility fault in the ${colorScheme} theme`, { colorScheme }, async (page) => {
    for (const hash of PAGES) {
      await open(page, hash);
      await page
        .getByText(hash.includes("tools/") ? "Try it" : TOOL.server)
        .first()
        .waitFor();
      await page.evaluate(
        `document.getAnimations().forEach((it) => Number.isFinite(it.effect.getComputedTiming().endTime) && it.finish())`,
      );
      await page.evaluate(AXE);
      const found = await page.evaluate(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html.slice(0, 200)).join(" | ")))`,
      );
      assert.deepEqual(found, [], hash);
    }
  });

scenario("at 500 pixels no page scrolls sideways", { viewport: { width: 500, height: 900 } }, async (page) => {
  for (const hash of PAGES) {
    await open(page, hash);
    await page
      .getByText(hash.includes("tools/") ? "Try it" : TOOL.server)
      .first()
      .waitFor();
    assert.ok(Number(await page.evaluate("document.documentElement.scrollWidth")) <= 500, hash);
  }
});

scenario("when the gateway stops, the page keeps what it knows and says that it is not live", {}, async (page) => {
  await isUp(page, KILLED);
  await gateway?.stop();
  await page.getByText(/Reconnecting…/).waitFor();
  await page.getByRole("alert").getByText("The connection to the gateway was lost at").waitFor();
  await page.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor();
  assert.ok(await row(page, KILLED).isVisible());
});
