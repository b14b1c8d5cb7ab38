// Can a server's words ever run in a person's browser? Markup in every field that a server controls, on every page that shows one.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { ToolView } from "../src/contract/api.ts";
import type { Discovery } from "../src/contract/discovery.ts";
import { live, stageOf, stdio } from "./dashboard-kit.ts";
import { MARKUP } from "./dashboard-markup-corpus.ts";

const SERVER = new URL("./dashboard-markup-server.ts", import.meta.url).pathname;
const NASTY = "nasty";
const REFUSING = "refusing";

const { gateway, scenario, open } = stageOf({
  [NASTY]: { ...stdio(SERVER), description: MARKUP[5], trusted: true, cache: { mode: "auto" } },
  [REFUSING]: stdio(SERVER, "--refuse"),
});

/** Notes what ran, and what the page's policy had to stop: the latter would mean that a text became an element. */
const WITNESS = `
  window.ran = [];
  for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = (...words) => ran.push(name + words);
  addEventListener("securitypolicyviolation", (event) => ran.push(event.violatedDirective + " " + event.blockedURI));
`;
/** Elements and attributes that the dashboard itself never makes. */
const FOREIGN = `document.querySelectorAll("main :is(script, style, iframe, object, embed, base, link, meta, marquee, math, video, audio, template, [srcdoc], [onerror], [onload], [onfocus], [ontoggle], a[href^=javascript], a[href^=data])").length`;

async function nothingRan(page: Page, where: string): Promise<void> {
  assert.deepEqual(await page.evaluate("ran"), [], where);
  assert.equal(await page.evaluate(FOREIGN), 0, where);
}
const toolPath = (name: string) => `/tools/${NASTY}/${encodeURIComponent(name)}`;
/** Shows another page without loading the dashboard anew, as a link does. */
const show = (page: Page, path: string) =>
  page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`);
const tools = async (): Promise<readonly ToolView[]> =>
  ((await gateway().api("GET", "/api/tools")).body as { items: ToolView[] }).items;

scenario("the texts are many, and the gateway hands them on as they are", {}, async () => {
  assert.ok(new Set(MARKUP).size >= 150);
  const served = await tools();
  assert.ok(served.length >= 150, `${served.length} tools are served`);
  for (const tool of served) assert.ok(MARKUP.includes(tool.description ?? ""));
});

scenario(
  "no tool's name, description or schema runs, in the list or on its own page",
  { witness: WITNESS },
  async (page) => {
    await open(page, "/tools");
    await page.getByText(/^\d+ tools, about/).waitFor();
    await nothingRan(page, "the list");
    for (const tool of await tools()) {
      await show(page, toolPath(tool.name));
      await page.getByRole("main").getByText(`${NASTY}__${tool.name}`, { exact: true }).waitFor();
      await nothingRan(page, tool.name);
    }
  },
);

scenario("a page of a tool whose name is markup can be loaded by its address", { witness: WITNESS }, async (page) => {
  for (const tool of (await tools()).filter((_, index) => index % 40 === 5)) {
    await open(page, toolPath(tool.name));
    await page.getByRole("main").getByText(`${NASTY}__${tool.name}`, { exact: true }).waitFor();
    await nothingRan(page, tool.name);
  }
});

scenario("nothing that a result holds runs", { witness: WITNESS }, async (page) => {
  const [tool] = await tools();
  assert.ok(tool);
  await open(page, toolPath(tool.name));
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const result = page.getByRole("region", { name: "Result" });
  await result.getByText("The tool answered").waitFor();
  await result
    .getByText(MARKUP[5] as string, { exact: true })
    .first()
    .waitFor();
  await nothingRan(page, "the result");
});

scenario("no reason, standard error, identity or event runs", { witness: WITNESS }, async (page) => {
  for (const [path, shown] of [
    ["/", NASTY],
    ["/servers", NASTY],
    [`/servers/${NASTY}`, "Probe now"],
    [`/servers/${REFUSING}`, "Last failure"],
    ["/cache", "Hit rate"],
  ] as const) {
    await open(page, path);
    await page.getByRole("main").getByText(shown).first().waitFor();
    await nothingRan(page, path);
  }
  await open(page, `/servers/${REFUSING}`);
  await page.getByRole("log").getByText("alert(1)").first().waitFor();
  assert.ok(((await page.getByRole("main").textContent()) ?? "").includes(MARKUP[5] as string), "the reason is shown");
  await open(page, "/events");
  await live(page);
  await gateway().api("POST", `/api/servers/${REFUSING}/reconnect`);
  await page.getByRole("table", { name: "Events" }).getByText(REFUSING).first().waitFor();
  await page.getByRole("table", { name: "Events" }).getByRole("link").first().click();
  await page.getByRole("dialog").waitFor();
  await nothingRan(page, "/events");
});

scenario("nothing that is discovered, pasted or configured runs", { witness: WITNESS }, async (page) => {
  await open(page, "/add");
  const entries = MARKUP.map((text) => [text, { url: text, headers: { [text]: text }, [text]: text }]);
  await page.getByLabel("Paste a client's configuration").fill(JSON.stringify(Object.fromEntries(entries)));
  await page.getByRole("button", { name: "Fill in the form" }).click();
  await page.getByLabel(/servers were read/).waitFor();
  await nothingRan(page, "what was pasted");
  // The commands of this file's servers may not be started over REST: the answer is made of what they say.
  const tool = (text: string) => ({ name: text, title: null, description: text, annotations: { readOnlyHint: text } });
  const discovery: Discovery = {
    ...{ type: "http", era: "legacy", protocolVersion: MARKUP[5] as string, prompts: 1, resources: 1, elapsedMs: 1 },
    ...{ serverInfo: { name: MARKUP[5] as string, version: "1" }, tools: MARKUP.map(tool), warnings: [...MARKUP] },
  };
  await page.route("**/api/servers/discover", (route) => route.fulfill({ json: discovery }));
  await page.getByRole("button", { name: "Discover" }).click();
  const found = page.getByRole("region", { name: "What was found" });
  await found.getByText(/^It offers \d{3} tools/).waitFor();
  assert.ok(((await found.textContent()) ?? "").includes(MARKUP[5] as string), "the descriptions are shown");
  await nothingRan(page, "what was discovered");
  await open(page, "/configuration");
  await page.getByRole("main").locator("summary").filter({ hasText: NASTY }).click();
  await page
    .getByRole("table", { name: NASTY })
    .getByText(MARKUP[5] as string)
    .waitFor();
  await nothingRan(page, "the configuration");
});

scenario("no call, client or choice runs", { witness: WITNESS }, async (page) => {
  const served = (await tools()).filter((_, index) => index % 10 === 3);
  for (const { name } of served) {
    await gateway().api("POST", "/api/tools/call", { server: NASTY, tool: name, arguments: {} });
    await greet(name);
  }
  const last = served.at(-1)?.name as string;
  await open(page, "/calls");
  await page.getByRole("table", { name: "Calls" }).getByText(last).first().waitFor();
  await nothingRan(page, "/calls");
  await page.getByRole("table", { name: "Calls" }).getByRole("link").first().click();
  await page.getByRole("dialog").waitFor();
  await nothingRan(page, "the drawer of a call");
  await open(page, "/connections");
  await page.getByRole("main").getByText(last).first().waitFor();
  await nothingRan(page, "/connections");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find or run" }).fill("<");
  await page.getByRole("option").first().waitFor();
  assert.deepEqual(await page.evaluate("ran"), [], "the palette");
});

/** A client that says it is called so. */
async function greet(name: string): Promise<void> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name, version: name } };
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  assert.equal((await fetch(`${gateway().url}/mcp`, { method: "POST", headers, body })).status, 200);
}

scenario("the pages forbid every script and style that is not a file of the gateway", {}, async () => {
  for (const path of ["/", "/cache", "/tools/x/y", "/index.html"]) {
    const { headers } = await fetch(gateway().url + path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  }
});
