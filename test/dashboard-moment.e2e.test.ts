// Can a person go back to a moment, see the servers as they were, and go on from there event by event? Chromium on a running gateway.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { EventRow, EventsPage } from "../src/contract/history.ts";
import type { Moment } from "../src/contract/timeline.ts";
import { echo, holds, press, seriousFaults, sidewaysPixels, stageOf } from "./dashboard-kit.ts";
import { until } from "./kit.ts";

const MOVED = "moved";
const QUIET = "quiet";

const { gateway, scenario, open } = stageOf({ [MOVED]: echo(), [QUIET]: echo() });

const verb = async (name: string): Promise<void> => {
  assert.equal((await gateway().api("POST", `/api/servers/${MOVED}/${name}`, {})).status, 200);
};
const statusIs = (status: string) =>
  until(`${MOVED} is ${status}`, async () => (await gateway().server(MOVED)).status === status);
const eventsOf = async (query: string): Promise<readonly EventRow[]> =>
  ((await gateway().api("GET", `/api/events?${query}`)).body as EventsPage).items;
const changes = () => eventsOf(`server=${MOVED}&type=mcp_status_change&limit=1000`);
const momentOf = (page: Page): string => decodeURIComponent(new URL(page.url()).pathname.split("/")[3] ?? "");
const isAt = (page: Page, at: number) =>
  holds(page, `location.pathname.endsWith(${JSON.stringify(new Date(at).toISOString())})`);

/** The server goes and comes back; answers when the journal knows of both, newest first. */
async function goAndReturn(): Promise<readonly [back: EventRow, gone: EventRow]> {
  await statusIs("up");
  const known = (await changes()).length;
  await verb("disable");
  await statusIs("paused");
  await verb("enable");
  await statusIs("up");
  return await until("the journal has it", async () => {
    const rows = await changes();
    const gone = rows.find(({ data }) => (data as { new_status: string }).new_status === "paused");
    return rows.length > known + 1 && rows[0] && gone && (rows[0].data as { new_status: string }).new_status === "up"
      ? ([rows[0], gone] as const)
      : undefined;
  });
}

scenario(
  "a moment has an address: the servers as they were then, the events up to it, and steps from one to the next",
  {},
  async (page) => {
    const [back, gone] = await goAndReturn();
    await open(page, `/events/at/${new Date(gone.at).toISOString()}`);
    const then = page.getByRole("region", { name: "The servers at that moment" });
    await then.getByText("2 servers: 1 up, 1 paused.").waitFor();
    await then.getByRole("link", { name: MOVED }).waitFor();
    const { body } = await gateway().api("GET", `/api/moment?at=${gone.at}`);
    assert.equal((body as Moment).servers.find(({ server }) => server === MOVED)?.status, "paused");
    const rows = page.getByRole("table", { name: "Events" }).locator("tbody tr");
    const newest = await rows.first().locator("time").getAttribute("datetime");
    assert.equal(newest, new Date(gone.at).toISOString(), "the list ends with the moment");
    const [next] = await eventsOf(`since=${gone.at + 1}&limit=1`);
    await press(page, "]");
    await isAt(page, next?.at ?? 0);
    await holds(
      page,
      `document.querySelector("main tbody time").dateTime === ${JSON.stringify(new Date(next?.at ?? 0).toISOString())}`,
    );
    await press(page, "[");
    await holds(page, `document.querySelector("main tbody time").dateTime === ${JSON.stringify(newest)}`);
    await press(page, "p");
    await then.getByText("2 servers: 2 up.").waitFor({ timeout: 30_000 });
    assert.ok(Date.parse(momentOf(page)) >= back.at);
    await press(page, "Escape");
    await page.getByRole("main").getByRole("button", { name: "Pause" }).waitFor();
  },
);

scenario("any time can be typed in, an event opens at its moment, and the way back is one step", {}, async (page) => {
  const [, gone] = await goAndReturn();
  const second = Math.floor(gone.at / 1_000) * 1_000;
  await press(page, "g", "e");
  const local = await page.evaluate(
    `new Date(${gone.at} - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19)`,
  );
  await page.getByLabel("Moment").fill(String(local));
  // A second that is not over yet would be shown as far as the page's clock has come, which ticks once a second.
  await sleep(Math.max(0, second + 2_500 - Date.now()));
  await page.getByRole("button", { name: "Go to" }).click();
  await isAt(page, second + 999);
  const table = page.getByRole("table", { name: "Events" });
  await table.getByRole("link").first().focus();
  await press(page, "Enter");
  await page.getByRole("dialog").getByTitle("Show this moment").click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Earlier" }).click();
  await page.getByRole("button", { name: "Earlier" }).click();
  await page.getByRole("link", { name: "Back to now" }).click();
  await holds(page, `location.pathname === "/events"`);
});

scenario(
  "a moment without memory, one to come and one that is none are told in words",
  { expected: /400/ },
  async (page) => {
    await open(page, "/events/at/2001-01-01T00:00:00.000Z");
    await page.getByText("No event is known up to this moment").waitFor();
    await open(page, "/events/at/2901-01-01T00:00:00.000Z");
    await page.getByRole("alert").getByText("still to come").waitFor();
    await open(page, "/events/at/noon");
    await page.getByText("There is no such page").waitFor();
  },
);

for (const colorScheme of ["light", "dark"] as const) {
  scenario(
    `the page of a moment has no serious accessibility fault, ${colorScheme} and narrow`,
    { colorScheme },
    async (page) => {
      const [, gone] = await goAndReturn();
      await page.setViewportSize({ width: 500, height: 800 });
      await open(page, `/events/at/${new Date(gone.at).toISOString()}`);
      await page.getByRole("table", { name: "Events" }).waitFor();
      assert.deepEqual(await seriousFaults(page), []);
      assert.equal(await sidewaysPixels(page), 0);
    },
  );
}

scenario("an incident leads to the moment of its begin", {}, async (page) => {
  await open(page, `/servers/${QUIET}`);
  process.kill(Number((await gateway().server(QUIET)).pid), "SIGKILL");
  const link = page.getByRole("table", { name: "Incidents" }).getByTitle("Show this moment").first();
  await link.waitFor({ timeout: 30_000 });
  await link.click();
  await page.getByRole("region", { name: "The servers at that moment" }).getByRole("link", { name: QUIET }).waitFor();
});
