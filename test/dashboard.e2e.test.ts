// What does a person see in a browser? Chromium on the built dashboard of a running gateway: live, by keyboard, in both themes.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { bin } from "./clients/command-line.ts";
import { holds, live, press, seriousFaults, sidewaysPixels, stageOf, stdio } from "./dashboard-kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

/** The published sample servers beside one of ours, so that the pages are as full as a newcomer's. */
const { gateway, scenario, open } = stageOf({
  echo: stdio(upstreamFile("echo.ts")),
  everything: stdio(bin("mcp-server-everything"), "stdio"),
  files: stdio(bin("mcp-server-filesystem"), fileURLToPath(new URL("../examples/files", import.meta.url))),
  thinking: stdio(bin("mcp-server-sequential-thinking")),
});
const KILLED = "echo";
const TOOL = { server: "echo", name: "echo", field: "message" };

/** Notes every status a row has shown and every animation that has moved something. */
const WITNESS = `
  window.seen = []; window.moved = [];
  addEventListener("animationstart", (event) => /turn|change|slide/.test(event.animationName) && moved.push(event.animationName), true);
  new MutationObserver((records) => { for (const { target } of records) seen.push(target.querySelector("a")?.textContent + " " + target.dataset.status); })
    .observe(document, { subtree: true, attributes: true, attributeFilter: ["data-status"] });
`;

const row = (page: Page, server: string) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name: server, exact: true }) });
const isUp = (page: Page, server: string) =>
  row(page, server).getByText("Up", { exact: true }).waitFor({ timeout: 20_000 });

async function killAndReturn(page: Page): Promise<void> {
  await isUp(page, KILLED);
  await page.evaluate("seen.length = 0");
  const { pid } = await gateway().server(KILLED);
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

scenario("a wrong token is refused in words, and signing out asks for one again", { expected: /401/ }, async (page) => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Admin token").fill("not the token");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("did not accept this token").waitFor();
});

scenario(
  "a server that dies is shown as it happens and returns without a reload",
  { witness: WITNESS },
  async (page) => {
    await page.evaluate("window.sameDocument = true");
    await killAndReturn(page);
    assert.equal(await page.evaluate("window.sameDocument"), true);
    await page.getByRole("table", { name: "Recent events" }).getByText(KILLED).first().waitFor();
    assert.notDeepEqual(await page.evaluate("moved"), []);
  },
);

scenario(
  "with reduced motion nothing moves while a server dies and returns",
  { reducedMotion: "reduce", witness: WITNESS },
  async (page) => {
    await killAndReturn(page);
    await press(page, "g", "e");
    await page.getByRole("table", { name: "Events" }).getByRole("link").first().click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await page.evaluate("moved"), []);
  },
);

scenario("every page has an address of its own that can be loaded anew, and a title", {}, async (page) => {
  for (const [path, title] of PAGES) {
    await open(page, path);
    await page.getByRole("main", { name: title }).waitFor();
    assert.equal(new URL(page.url()).pathname, path);
    await holds(page, `document.title.includes(${JSON.stringify(title)})`);
  }
  await open(page, "/elsewhere");
  await page.getByText("There is no such page").waitFor();
});

scenario("links change the page without loading it anew, and the way back leads back", {}, async (page) => {
  await page.evaluate("window.sameDocument = true");
  await row(page, KILLED).getByRole("link").click();
  await page.getByRole("button", { name: "Probe now" }).waitFor();
  await page.goBack();
  await isUp(page, KILLED);
  await page.goForward();
  await page.getByRole("button", { name: "Probe now" }).waitFor();
  assert.equal(await page.evaluate("window.sameDocument"), true);
});

scenario("a tool is run from the form made of its schema, and its answer is shown as text", {}, async (page) => {
  await open(page, `/tools/${TOOL.server}/${TOOL.name}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("This is required.").waitFor();
  await page.getByLabel(TOOL.field).fill("<b>hello</b> from the page");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText("<b>hello</b> from the page").waitFor();
  assert.match((await result.locator("[data-facts]").textContent()) ?? "", /\d ms/);
});

scenario("the list of tools says what its definitions cost, and that this is an estimate", {}, async (page) => {
  await open(page, "/tools");
  await page.getByText(/^\d+ tools, about [\d.]+( k)? tokens by estimate$/).waitFor();
});

scenario("the chosen theme is kept for the next visit", { colorScheme: "light" }, async (page) => {
  await page.keyboard.press("t");
  const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  assert.equal(await background(), "rgb(17, 17, 19)");
  await page.reload();
  await live(page);
  assert.equal(await background(), "rgb(17, 17, 19)");
});

/** Every page with the name that it has for the browser and a screen reader. */
const PAGES: readonly (readonly [path: string, title: string])[] = [
  ["/", "Overview"],
  ["/servers", "Servers"],
  [`/servers/${KILLED}`, KILLED],
  ["/tools", "Tools"],
  [`/tools/${TOOL.server}/${TOOL.name}`, "Tools"],
  ["/calls", "Calls"],
  ["/cache", "Cache"],
  ["/events", "Events"],
  ["/connections", "Connections"],
  ["/configuration", "Configuration"],
  ["/configuration/keys", "Access keys"],
  ["/add", "Add a server"],
];

/** What a page shows once it has its data, where that is not the sample server's name. */
const SHOWN: Readonly<Record<string, string>> = {
  [`/servers/${KILLED}`]: "Probe now",
  [`/tools/${TOOL.server}/${TOOL.name}`]: "Try it",
  "/calls": "Pause",
  "/cache": "Hit rate",
  "/connections": "MCP sessions",
  "/events": "Pause",
  "/configuration": "What runs",
  "/configuration/keys": "Create key",
  "/add": "Discover",
};

/** Loads each page and waits for what it has to show. */
async function eachPage(page: Page, look: (path: string) => Promise<void>): Promise<void> {
  for (const [path, title] of PAGES) {
    await open(page, path);
    await page.getByRole("main", { name: title }).waitFor();
    await live(page);
    const shown = page.getByRole("main").getByText(SHOWN[path] ?? TOOL.server);
    await shown.first().waitFor();
    await look(path);
  }
}

for (const colorScheme of ["light", "dark"] as const)
  scenario(`no page has a serious accessibility fault in the ${colorScheme} theme`, { colorScheme }, (page) =>
    eachPage(page, async (path) => assert.deepEqual(await seriousFaults(page), [], path)),
  );

scenario("at 500 pixels no page scrolls sideways", { viewport: { width: 500, height: 900 } }, (page) =>
  eachPage(page, async (path) => assert.ok((await sidewaysPixels(page)) <= 0, path)),
);

scenario(
  "when the gateway stops, the page keeps what it knows, still opens every page, and says that it is not live",
  { expected: /Failed to load resource|WebSocket/ },
  async (page) => {
    await isUp(page, KILLED);
    await holds(page, "performance.getEntriesByType('resource').some(({ name }) => /assets.cache-.*js/.test(name))");
    await gateway().stop();
    await page.getByText(/Reconnecting…/).waitFor();
    await press(page, "g", "h");
    await page.getByText("The cache could not be read").waitFor();
    await press(page, "g", "o");
    await page.getByRole("alert").getByText("The connection to the gateway was lost at").waitFor();
    await page.getByText(/^Stale since \d\d:\d\d:\d\d$/).waitFor();
    assert.ok(await row(page, KILLED).isVisible());
  },
);
