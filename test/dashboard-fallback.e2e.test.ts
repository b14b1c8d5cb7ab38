// Does the dashboard stay live where WebSocket is blocked? Chromium behind a proxy that passes everything but upgrades.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import type { Page } from "playwright-core";
import { echo, press, stageOf } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const SERVER = "echo";
const { gateway, scenario } = stageOf({ [SERVER]: echo() });
const proxies: Server[] = [];
after(() => {
  for (const proxy of proxies) {
    proxy.closeAllConnections();
    proxy.close();
  }
});

/** Answers as the gateway does, under an address of its own. */
function pass(req: IncomingMessage, res: ServerResponse): void {
  const { host, origin } = new URL(gateway().url);
  const headers = { ...req.headers, host, ...(req.headers.origin === undefined ? {} : { origin }) };
  const onward = request(gateway().url + req.url, { method: req.method ?? "GET", headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(res);
  });
  onward.on("error", () => res.destroy());
  res.on("close", () => onward.destroy());
  req.pipe(onward);
}

/** A proxy that knows no upgrades. Answers its address and how many it has refused. */
async function openProxy(): Promise<{ url: string; refused: () => number }> {
  let refused = 0;
  const proxy = createServer(pass);
  proxy.on("upgrade", (_, socket) => {
    refused += 1;
    socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  proxies.push(proxy);
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, refused: () => refused };
}

const BY_EVENTS = "Live, by server-sent events";

/** The overview behind a proxy of its own, once it has fallen back. */
async function behindProxy(page: Page) {
  const proxy = await openProxy();
  await page.goto(`${proxy.url}/#token=${gateway().token}`);
  await page.getByText(BY_EVENTS, { exact: true }).waitFor({ timeout: 30_000 });
  return proxy;
}

const expected = /WebSocket|Failed to load/;
const row = (page: Page) =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name: SERVER, exact: true }) });
const act = async (verb: string): Promise<void> => {
  assert.equal((await gateway().api("POST", `/api/servers/${SERVER}/${verb}`)).status, 200);
};

scenario(
  "where upgrades are refused twice the page is live by server-sent events, and rows change by themselves",
  { expected },
  async (page) => {
    const proxy = await behindProxy(page);
    assert.equal(proxy.refused(), 2);
    await row(page).getByText("Up", { exact: true }).waitFor();
    await page.evaluate("window.sameDocument = true");
    await act("isolate");
    await row(page).getByText("Paused", { exact: true }).waitFor();
    await act("release");
    await row(page).getByText("Up", { exact: true }).waitFor();
    assert.equal(await page.evaluate("window.sameDocument"), true);
  },
);

scenario(
  "finished calls come by server-sent events too, and the page is not lost when they are asked for",
  { expected },
  async (page) => {
    await behindProxy(page);
    await page.evaluate(`window.chips = []; new MutationObserver(() => chips.push(document.querySelector("[data-live]").dataset.live))
    .observe(document.querySelector("[data-live]"), { attributes: true, childList: true, characterData: true, subtree: true });`);
    const withCalls = page.waitForResponse(/event_types=/);
    await press(page, "g", "l");
    const rows = page.getByRole("table", { name: "Calls" }).locator("tbody tr");
    const say = async (message: string) => {
      const body = { server: SERVER, tool: "echo", arguments: { message } };
      assert.equal((await gateway().api("POST", "/api/tools/call", body)).status, 200);
    };
    await say("first");
    await rows.first().waitFor({ timeout: 20_000 });
    const before = await rows.count();
    await withCalls;
    await page.route("**/api/calls", (route) => route.abort());
    await say("second");
    await until("the row is there", async () => (await rows.count()) === before + 1);
    await press(page, "g", "o");
    await row(page).waitFor();
    assert.deepEqual(
      ((await page.evaluate("chips")) as string[]).filter((kind) => kind !== "live"),
      [],
    );
    await page.getByText(BY_EVENTS, { exact: true }).waitFor();
  },
);
