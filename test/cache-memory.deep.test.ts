// Does the Tool Cache stay within its bytes as the operating system counts them? Answers of 100 bytes to 64 KiB come and go in a
// process of their own, and answers of one size each. Seen: 56 to 62 MB more resident than before, with 67 MB counted.
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

/** `sizes`: the smallest and the largest in bytes. */
async function churn(t: TestContext, puts: number, sizes: readonly [number, number]): Promise<Churned> {
  // What is new on the heap has its place at its full size from the start: else its growth would count as the cache's.
  const flags = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16"];
  const plan = [puts, ...sizes].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, CHURN, ...plan]);
  t.diagnostic(stdout.trim());
  return JSON.parse(stdout) as Churned;
}

function staysWithin({ maxBytes, peakBytes, peakLive, peakRss, peakUncollected }: Churned): void {
  assert.ok(peakBytes <= maxBytes, `${peakBytes} bytes were counted`);
  assert.ok(peakBytes > maxBytes * 0.95, "the cache was never full");
  assert.ok(peakLive <= maxBytes * ALLOWED, `${peakLive} bytes were in use`);
  assert.ok(peakRss <= maxBytes * ALLOWED, `${peakRss} bytes were resident`);
  assert.ok(peakUncollected <= maxBytes * ALLOWED, `${peakUncollected} bytes were resident before the garbage went`);
}

it("a million answers that come and go take no more memory than the cache may keep, and a tenth", async (t) => {
  staysWithin(await churn(t, 1_000_000, [100, 65_536]));
});

for (const size of [200, 500, 600, 2_000, 8_000, 9_000, 1_000_000]) {
  it(`answers of about ${size} bytes stay within the bytes too`, async (t) => {
    staysWithin(await churn(t, Math.min(200_000, 20_000_000_000 / size), [size * 0.95, size]));
  });
}
