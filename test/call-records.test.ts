// Is what was written down of calls exact? Per minute every single one; one by one only as many as the budget allows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openCallReader } from "./calls-kit.ts";
import { startGateway, until } from "./kit.ts";
import { startPostgres } from "./pg.ts";
import { modern, send } from "./raw.ts";
import { upstreamFile } from "./upstreams/start.ts";

const CALLS = 2_000;
const AT_ONCE = 20;
const RECORDS_PER_SECOND = 40;

const KINDS = [
  { name: "echo__echo", arguments: { message: "m" }, sum: "echo ok" },
  { name: "echo__fail", arguments: {}, sum: "fail tool_error" },
  { name: "echo__add", arguments: { a: 1, b: 2 }, sum: "add ok" },
  { name: "echo__unknown", arguments: {}, sum: "(unknown) fault" },
];

test("2,000 mixed calls are counted exactly per minute, while single records stay within their budget", async (t) => {
  const postgres = await startPostgres();
  if ("skip" in postgres) return t.skip(postgres.skip);
  const gateway = await startGateway({
    servers: { echo: { command: process.execPath, args: [upstreamFile("echo.ts")] } },
    omni2: { journal: { callsPerSecond: RECORDS_PER_SECOND } },
    databaseUrl: postgres.url,
  });
  const reader = await openCallReader(postgres.url);
  t.after(async () => {
    await gateway.stop();
    await reader.close();
    await postgres.stop();
  });

  const startedAt = Date.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < CALLS; at = next++) {
      const { name, arguments: given } = KINDS[at % KINDS.length] ?? assert.fail();
      const { status } = await send(
        gateway.url,
        modern("/mcp", { id: at, method: "tools/call", params: { name, arguments: given } }),
      );
      assert.equal(status, 200);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  const each = CALLS / KINDS.length;
  const expected = Object.fromEntries(KINDS.map(({ sum }) => [sum, each]));
  const sums = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await reader.minutes()).map(({ name, outcome, calls }) => [`${name} ${outcome}`, calls]));
  const total = async (): Promise<number> => Object.values(await sums()).reduce((sum, calls) => sum + calls, 0);
  await until("every call was counted", async () => (await total()) >= CALLS);
  assert.deepEqual(await sums(), expected);

  const seconds = (Date.now() - startedAt) / 1000;
  const records = await reader.records();
  assert.ok(records.length > 0);
  assert.ok(records.length <= Math.ceil(seconds + 1) * RECORDS_PER_SECOND, `${records.length} in ${seconds} s`);
  assert.ok(records.some(({ outcome, fault_code }) => outcome === "fault" && fault_code === "TOOL_NOT_FOUND"));
  assert.equal(await gateway.end("SIGTERM"), 0);
  assert.deepEqual(await sums(), expected);
  assert.deepEqual(
    gateway.lines.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});
