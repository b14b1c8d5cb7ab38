// How does a test look at the dashboard as a person does? Chromium on the built pages of a running gateway, signed in and live.
// Whatever a page refuses, breaks or complains about fails the test that saw it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { startGateway, type TestGateway } from "./kit.ts";
import { CHROMIUM, missingChromium } from "./machine.ts";
import { upstreamFile } from "./upstreams/start.ts";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-background-timer-throttling",
  "--disable-component-update",
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The entry of a server that runs one of our scripts. */
export const stdio = (script: string, ...args: string[]) => ({ command: process.execPath, args: [script, ...args] });
export const echo = (settings: object = {}) => ({ ...stdio(upstreamFile("echo.ts")), ...settings });

interface Visit extends BrowserContextOptions {
  /** The script that each page starts with. */
  readonly witness?: string;
  /** What the browser may complain about: answers that the test itself provokes. */
  readonly expected?: RegExp;
}

export interface Stage {
  gateway(): TestGateway;
  /** A test on a page of its own, open at the overview. */
  scenario(title: string, visit: Visit, act: (page: Page) => Promise<void>): void;
  /** Loads the page at a path anew. */
  open(page: Page, path: string): Promise<unknown>;
}

/** Declares the gateway of a test file with these servers, and its browser. */
export function stageOf(servers: Readonly<Record<string, object>>): Stage {
  const missing = missingChromium() ?? false;
  let gateway: TestGateway | null = null;
  let browser: Browser | null = null;
  before(async () => {
    if (missing) return;
    gateway = await startGateway({ servers });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
  });
  const running = (): TestGateway => {
    assert.ok(gateway);
    return gateway;
  };
  const see = async ({ witness, expected, ...options }: Visit, act: (page: Page) => Promise<void>): Promise<void> => {
    assert.ok(browser);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error" && !expected?.test(line.text())) problems.push(line.text());
    });
    page.on("dialog", (dialog) => problems.push(`a dialog said ${dialog.message()}`));
    if (witness) await page.addInitScript(witness);
    await page.goto(`${running().url}/#token=${running().token}`);
    await live(page);
    await act(page).finally(() => context.close());
    assert.deepEqual(problems, []);
  };
  return {
    gateway: running,
    open: (page, path) => page.goto(running().url + path),
    scenario: (title, visit, act) => void test(title, { skip: missing, timeout: 90_000 }, () => see(visit, act)),
  };
}

export const live = (page: Page) => page.getByText("Live", { exact: true }).waitFor();

/** Waits until an expression is true; Playwright's own waiting needs eval, which the page's policy forbids. */
export async function holds(page: Page, expression: string): Promise<void> {
  for (let tries = 0; !(await page.evaluate(expression)); tries++) {
    assert.ok(tries < 200, `never came true: ${expression}`);
    await sleep(100);
  }
}

export async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses Tab until the focused element's name or text is the wanted one; a person would not go further either. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const focused = "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent";
  for (let tabs = 0; tabs < 60; tabs++) {
    if ((await page.evaluate(focused)) === name) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never came to ${name}`);
}

/** The serious accessibility faults of the page as it stands, with everything that moves at its end. */
export async function seriousFaults(page: Page): Promise<unknown> {
  await page.evaluate(
    "document.getAnimations().forEach((it) => Number.isFinite(it.effect.getComputedTiming().endTime) && it.finish())",
  );
  await page.evaluate(AXE);
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html.slice(0, 200)).join(" | ")))`,
  );
}

export const sidewaysPixels = async (page: Page): Promise<number> =>
  Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));

/** Fails where the page as it stands has a serious accessibility fault or must be scrolled sideways. */
export async function isWhole(page: Page): Promise<void> {
  assert.deepEqual(await seriousFaults(page), [], page.url());
  assert.ok((await sidewaysPixels(page)) <= 0, page.url());
}
