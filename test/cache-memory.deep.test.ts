// Does the Tool Cache stay within its bytes as the operating system counts them? A million answers of 100 bytes to 64 KiB come
// and go in a process of their own. Seen: 57 MB in use and 29 to 43 MB
// more resident than before, with 67 MB counted.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { promisify } from "node:util";

const CHURN = join(import.meta.dirname, "cache-churn.ts");
const ALLOWED = 1.1;

interface Churned {
  readonly entries: number;
  readonly maxBytes: number;
  readonly peakBytes: number;
  readonly peakLive: number;
  readonly peakRss: number;
  readonly peakUncollected: number;
}

async function churn(t: TestContext, puts: number, largest: number): Promise<Churned> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", CHURN, String(puts), String(largest)]);
  t.diagnostic(stdout.trim());
  return JSON.parse(stdout) as Churned;
}

it("a million answers that come and go take no more memory than the cache may keep, and a tenth", async (t) => {
  const { maxBytes, peakBytes, peakLive, peakRss, peakUncollected } = await churn(t, 1_000_000, 65_536);
  assert.ok(peakBytes <= maxBytes, `${peakBytes} bytes were counted`);
  assert.ok(peakBytes > maxBytes * 0.95, "the cache was never full");
  assert.ok(peakLive <= maxBytes * ALLOWED, `${peakLive} bytes were in use`);
  assert.ok(peakRss <= maxBytes * ALLOWED, `${peakRss} bytes were resident`);
  assert.ok(peakUncollected <= maxBytes * ALLOWED, `${peakUncollected} bytes were resident before the garbage went`);
});

it("answers so small that their bookkeeping is all they cost stay within the bytes too", async (t) => {
  const { entries, maxBytes, peakBytes, peakLive } = await churn(t, 200_000, 200);
  assert.ok(peakBytes <= maxBytes && entries > 30_000);
  assert.ok(peakBytes > maxBytes * 0.95, "the cache was never full");
  assert.ok(peakLive <= maxBytes * ALLOWED, `${peakLive} bytes were in use`);
});
