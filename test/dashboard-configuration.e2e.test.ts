// Is the configuration changed, taken back and handed out by key from the browser, and does each role see only what it may do?
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { CacheAnswer } from "../src/contract/cache.ts";
import type { ConfigAnswer, ConfigPatch } from "../src/contract/change.ts";
import { echo, holds, isWhole, live, press, stageOf, tabTo } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const KEPT = "kept";
const WATCHED = "watched";
const AREA = "Set here, over the files";

const { gateway, scenario, open } = stageOf({
  [KEPT]: echo({ trusted: true, cache: { mode: "auto" } }),
  [WATCHED]: echo({ env: { SECRET_TOKEN: "hunter2-hunter2" } }),
});

const config = async (): Promise<ConfigAnswer> => (await gateway().api("GET", "/api/config")).body as ConfigAnswer;

/** What was set here for all servers. */
const setHere = async (): Promise<object> => (await config()).changes.omni2 as object;

/** Changes the configuration as somebody else would. */
async function patch(body: ConfigPatch): Promise<number> {
  const { revision } = await config();
  const answer = await fetch(`${gateway().url}/api/config`, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${gateway().token}`,
      "content-type": "application/json",
      "if-match": String(revision),
    },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { revision: number }).revision;
}

const main = (page: Page) => page.getByRole("main");
const said = (page: Page) => main(page).getByRole("status");

async function atConfiguration(page: Page): Promise<void> {
  await press(page, "g", "f");
  await page.getByLabel(AREA).waitFor();
}

scenario("what runs is shown by server, what was set here is marked, and no secret is among it", {}, async (page) => {
  await patch({ mcpServers: { [KEPT]: { timeoutMs: 12_345 } } });
  await atConfiguration(page);
  await main(page).locator("summary").filter({ hasText: KEPT }).click();
  const row = page.getByRole("table", { name: KEPT }).getByRole("row").filter({ hasText: "timeoutMs" });
  await row.getByText("12345").waitFor();
  await row.getByText("set here").waitFor();
  await page.getByRole("button", { name: "As JSON" }).click();
  await main(page).locator("pre").getByText('"SECRET_TOKEN": "[redacted]"').waitFor();
  assert.ok(!(await page.content()).includes("hunter2"));
  await main(page).getByText("omni2.json").waitFor();
  await patch({ mcpServers: null });
});

scenario("a change is written, reviewed and applied with the keyboard alone", {}, async (page) => {
  await atConfiguration(page);
  await tabTo(page, "As JSON");
  for (let tabs = 0; tabs < 12 && (await page.evaluate("document.activeElement.tagName")) !== "TEXTAREA"; tabs++)
    await press(page, "Tab");
  await press(page, "Control+a");
  await page.keyboard.insertText('{ "omni2": { "breaker": { "failures": 7 } } } // mine');
  await press(page, "Control+Enter");
  const changes = page.getByRole("list", { name: "What changes" });
  await changes.getByText(/^omni2\.breaker/).waitFor();
  assert.deepEqual(await setHere(), {});
  await tabTo(page, "Apply 1 value");
  await press(page, "Enter");
  await until("it is applied", async () => Object.keys(await setHere()).length > 0);
  const { revision } = await config();
  await said(page).getByText(`Revision ${revision} runs: 1 value changed.`).waitFor();
  await main(page).getByText(`Revision ${revision} runs since`).waitFor();
  assert.deepEqual(JSON.parse(await page.getByLabel(AREA).inputValue()).omni2, { breaker: { failures: 7 } });
  await patch({ omni2: null });
});

scenario(
  "what cannot be read is told by line while it is typed, and what the gateway refuses by path",
  { expected: /422/ },
  async (page) => {
    await atConfiguration(page);
    await page.getByLabel(AREA).fill('{\n  "omni2": { "breaker" 7 }\n}');
    await page.getByText("Line 2, column 24: A colon was expected after “breaker”, not 7.").waitFor();
    await page.getByRole("button", { name: "Review" }).click();
    await holds(page, "document.activeElement.selectionStart === 25 && document.activeElement.tagName === 'TEXTAREA'");
    await page.getByLabel(AREA).fill('{ "omni2": { "breaker": { "failures": 0 } } }');
    await page.getByRole("button", { name: "Review" }).click();
    const refused = main(page).getByRole("alert");
    await refused.getByText("omni2.breaker.failures", { exact: true }).waitFor();
    assert.deepEqual(await setHere(), {});
  },
);

scenario("edits outlive a change that somebody else made meanwhile, and go on top of it", {}, async (page) => {
  await atConfiguration(page);
  await page.getByLabel(AREA).fill('{ "omni2": { "breaker": { "failures": 9 } } }');
  const theirs = await patch({ omni2: { hideAfterMs: 60_000 } });
  await page.getByText(`Revision ${theirs} was applied meanwhile`).waitFor();
  await page.getByRole("button", { name: `Bring my edits onto revision ${theirs}` }).click();
  await page.getByRole("button", { name: "Review" }).click();
  await page.getByRole("button", { name: "Apply 1 value" }).click();
  await said(page)
    .getByText(/^Revision \d+ runs: 1 value changed\.$/)
    .waitFor();
  assert.deepEqual(await setHere(), { breaker: { failures: 9 }, hideAfterMs: 60_000 });
  await patch({ omni2: null });
});

scenario("a revision opens beside the list, and its state comes back in two presses", {}, async (page) => {
  const wanted = await patch({ omni2: { breaker: { failures: 6 } } });
  const later = await patch({ omni2: { breaker: { failures: 8 } } });
  await atConfiguration(page);
  const table = page.getByRole("table", { name: "Revisions" });
  await table.getByRole("link", { name: `Revision ${later}` }).waitFor();
  await press(page, "j", "j", "Enter");
  const drawer = page.getByRole("dialog", { name: `Revision ${wanted}` });
  await drawer.getByText(/^omni2\.breaker/).waitFor();
  assert.equal(await page.evaluate("location.pathname"), `/configuration/${wanted}`);
  await tabTo(page, "Roll back to this…");
  await press(page, "Enter");
  const verb = `Roll back to revision ${wanted}`;
  await drawer.getByRole("button", { name: verb }).waitFor();
  await tabTo(page, verb);
  await press(page, "Enter");
  await drawer.waitFor({ state: "detached" });
  assert.deepEqual(await setHere(), { breaker: { failures: 6 } });
  await table.getByText("rolled back").first().waitFor();
  await patch({ omni2: null });
});

scenario("an advice is applied where it stands, and the tool's rule changes by itself", {}, async (page) => {
  const body = { server: WATCHED, tool: "echo", arguments: { message: "always the same" } };
  const advice = await until("the advisor has seen it for long enough", async () => {
    assert.equal((await gateway().api("POST", "/api/tools/call", body)).status, 200);
    const { advice } = (await gateway().api("GET", "/api/cache")).body as CacheAnswer;
    return advice.find(({ server, patch }) => server === WATCHED && patch !== null);
  });
  await open(page, `/tools/${WATCHED}/${advice.tool}`);
  const rule = page.getByRole("region", { name: "Cache" });
  await rule.getByText(/^Answers are not kept, only compared, because /).waitFor();
  await page.getByRole("button", { name: `Apply the advice for ${advice.tool}` }).click();
  const dialog = page.getByRole("dialog", { name: `Keep answers of ${WATCHED} / ${advice.tool}` });
  await dialog.getByRole("list", { name: "What changes" }).getByText(`mcpServers.${WATCHED}.cache`).first().waitFor();
  await dialog.getByRole("button", { name: /^Apply / }).click();
  await said(page)
    .getByText(new RegExp(`^${WATCHED} / ${advice.tool} is kept now, by revision \\d+\\.$`))
    .waitFor();
  await rule.getByText(/^Answers are kept for /).waitFor();
  await patch({ mcpServers: null });
  await rule.getByText(/^Answers are not kept, only compared, because /).waitFor();
});

scenario(
  "a key is shown once, lets somebody in with its role, and is cut off when it is revoked",
  { expected: /401|WebSocket/ },
  async (page) => {
    await open(page, "/configuration/keys");
    await page.getByLabel("Name").fill("watcher");
    await page.getByRole("button", { name: "Create key" }).click();
    const dialog = page.getByRole("dialog", { name: "The key watcher" });
    const key = (await dialog.locator("code").first().textContent()) ?? "";
    assert.match(key, /^omni2_/);
    await dialog.getByRole("button", { name: "Done" }).click();
    assert.ok(!(await page.content()).includes(key));
    await page.getByRole("table", { name: "Audit" }).getByText("watcher").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await live(page);
    await page.getByText("key:watcher, viewer").waitFor();
    await open(page, `/servers/${KEPT}`);
    await page.getByText("A viewer only looks").waitFor();
    assert.equal(await page.getByRole("button", { name: "Probe now" }).count(), 0);
    await open(page, "/cache");
    await page.getByText("Hit rate").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Clear/ }).count(), 0);
    for (const path of ["/configuration", "/configuration/keys", "/add"]) {
      await open(page, path);
      await page.getByText(/^Only for (operators|admins)$/).waitFor();
    }
    const keys = (await gateway().api("GET", "/api/keys")).body as { items: { id: string; name: string }[] };
    const id = keys.items.find(({ name }) => name === "watcher")?.id;
    await gateway().api("DELETE", `/api/keys/${id}`);
    await page.getByText("The session has ended. Sign in again.").waitFor();
  },
);

for (const visit of [
  { colorScheme: "light", viewport: { width: 1280, height: 800 } },
  { colorScheme: "dark", viewport: { width: 500, height: 900 } },
] as const)
  scenario(
    `at ${visit.viewport.width} pixels in the ${visit.colorScheme} theme the pages are whole and without a serious accessibility fault`,
    visit,
    async (page) => {
      const revision = await patch({ omni2: { breaker: { openMs: visit.viewport.width } } });
      for (const [path, shown] of [
        ["/configuration", "Revisions"],
        [`/configuration/${revision}`, "This is the revision that runs."],
        ["/configuration/keys", "Audit"],
      ] as const) {
        await open(page, path);
        await page.getByText(shown).first().waitFor();
        await isWhole(page);
      }
      await patch({ omni2: null });
    },
  );
