// Does a server join from the browser: pasted as another client wrote it, or described by hand, tried first and then saved?
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Page } from "playwright-core";
import { echo, isWhole, press, stageOf, tabTo } from "./dashboard-kit.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const { gateway, scenario, open } = stageOf({ echo: echo() });
let upstream: RunningServer;
before(async () => {
  upstream = await startUpstream("echo.ts", "--http");
});
after(() => upstream.stop());

const PASTE = "Paste a client's configuration";
const main = (page: Page) => page.getByRole("main");
const isThere = async (name: string): Promise<boolean> =>
  (await gateway().api("GET", `/api/servers/${name}`)).status === 200;

async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel(PASTE).fill(text);
  await page.getByRole("button", { name: "Fill in the form" }).click();
}

scenario("a server is described, tried and saved with the keyboard alone", {}, async (page) => {
  await press(page, "g", "s");
  await page.getByRole("link", { name: "Add a server" }).waitFor();
  await tabTo(page, "Add a server");
  await press(page, "Enter");
  await page.getByLabel(PASTE).waitFor();
  await page.getByLabel("Name", { exact: true }).focus();
  await page.keyboard.type("typed");
  await press(page, "Tab", "Tab");
  await page.keyboard.type(upstream.url);
  await tabTo(page, "Discover");
  await press(page, "Enter");
  const found = page.getByRole("region", { name: "What was found" });
  await found.getByText(/^It offers \d+ tools?, .* Nothing is saved yet\.$/).waitFor();
  await found.getByText("echo", { exact: true }).first().waitFor();
  assert.equal(await isThere("typed"), false);
  await tabTo(page, "Save");
  await press(page, "Enter");
  await page.getByRole("main", { name: "typed" }).getByText("Defined by").waitFor();
  assert.equal(await page.evaluate("location.pathname"), "/servers/typed");
  assert.ok(await isThere("typed"));
  await page.getByRole("button", { name: "Remove typed" }).click();
  await page.getByRole("button", { name: "Remove typed" }).click();
  await page.getByRole("link", { name: "Add a server" }).waitFor();
  assert.equal(await isThere("typed"), false);
});

scenario("what other clients wrote is pasted: several at once, one saved after the other", {}, async (page) => {
  await open(page, "/add");
  const headers = { Authorization: "Bearer hunter2" };
  await paste(
    page,
    `{ // from VS Code\n "servers": { "one": ${JSON.stringify({ type: "http", url: upstream.url, headers })},
       "two": { "serverUrl": ${JSON.stringify(upstream.url)} }, } }`,
  );
  assert.equal(await page.getByLabel(PASTE).inputValue(), "");
  assert.equal(await page.getByLabel("Value of header 1").getAttribute("type"), "password");
  await page.getByRole("button", { name: "Show values" }).click();
  assert.equal(await page.getByLabel("Value of header 1").inputValue(), "Bearer hunter2");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("one is added. 1 server of those you pasted is left.").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "two");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("main", { name: "two" }).getByText("Defined by").waitFor();
  assert.ok((await isThere("one")) && (await isThere("two")));
});

scenario(
  "what is missing, cannot be read or may not be is told in words, and nothing is saved",
  { expected: /40\d|422|50\d/ },
  async (page) => {
    await open(page, "/add");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Give it a name.").waitFor();
    await page.getByLabel(PASTE).fill('{ "mcpServers": }');
    await page.getByRole("button", { name: "Fill in the form" }).click();
    await page.getByText("Line 1, column 17: A value was expected, not }.").waitFor();
    await paste(page, '{ "mcpServers": { "files": { "command": "npx", "args": ["-y", "x"] } } }');
    await page.getByRole("button", { name: "Discover" }).click();
    await main(page)
      .getByRole("alert")
      .getByText(/omni2\.access\.allowCommands/)
      .waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await main(page)
      .getByRole("alert")
      .getByText(/omni2\.access\.allowCommands/)
      .waitFor();
    await paste(page, '"nowhere": { "url": "http://127.0.0.1:9/mcp" }');
    await page.getByRole("button", { name: "Discover" }).click();
    await main(page)
      .getByRole("alert")
      .getByText(/nowhere/)
      .waitFor();
    assert.equal(await isThere("files"), false);
    assert.equal(await isThere("nowhere"), false);
  },
);

for (const visit of [
  { colorScheme: "light", viewport: { width: 500, height: 900 } },
  { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
] as const)
  scenario(
    `at ${visit.viewport.width} pixels in the ${visit.colorScheme} theme the page is whole and without a serious accessibility fault`,
    visit,
    async (page) => {
      await open(page, "/add");
      await paste(page, JSON.stringify({ url: upstream.url, headers: { "X-Key": "k" }, timeoutMs: 5000 }));
      await page.getByLabel("Name", { exact: true }).fill("looked-at");
      await page.getByRole("button", { name: "Discover" }).click();
      await page.getByRole("region", { name: "What was found" }).waitFor();
      await isWhole(page);
    },
  );
