import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { scanReply } from "#mcp/scan.ts";
import type { Reply } from "#upstream/transport.ts";
import { asText, type Held, Holder, largestWithin, PagedReply, sharedCopy } from "./held.ts";
import { BLOCK_BYTES } from "./pages.ts";

/** A reply whose result takes this many bytes, letters of more than one byte among them. */
function replyOf(size: number): Reply {
  const frame = `{"content":[{"type":"text","text":""}],"_meta":{"a":1}}`;
  const text = `é${"x".repeat(Math.max(0, size - frame.length - 2))}`;
  const bytes = Buffer.from(`{"jsonrpc":"2.0","id":"7","result":${frame.replace('""', JSON.stringify(text))}}`);
  return { bytes, scan: scanReply(bytes) as Reply["scan"] };
}
const resultOf = ({ bytes, scan }: Reply): Buffer => Buffer.from(bytes.subarray(scan.start, scan.end));

const free = (held: Held): void => {
  if (held instanceof PagedReply) held.free();
};

const size = fc.oneof(fc.integer({ min: 60, max: 600 }), fc.integer({ min: 500, max: 20_000 }), fc.constant(1_048_576));

test("an answer of any size is held as it was, by itself, with its parts where they are", () => {
  const holder = new Holder();
  holds(
    fc.property(size, (bytes) => {
      const given = replyOf(bytes);
      const [result, { scan }] = [resultOf(given), given];
      const held = holder.hold(given);
      given.bytes.fill("y");
      for (const { reply } of [held, held]) {
        assert.ok(resultOf(reply).equals(result));
        assert.equal(reply.bytes.length, result.length);
        assert.equal(reply.scan.metaEnd, scan.metaEnd - scan.start);
      }
      assert.ok(held.size >= result.length && held.size < result.length + 4_096);
      free(held);
    }),
  );
  assert.ok(holder.bytes <= 2 * 2 * BLOCK_BYTES, "what is free is given back");
});

test("the largest answer within so many bytes takes no more, and one larger by a page would", () => {
  const holder = new Holder();
  holds(
    fc.property(fc.integer({ min: 100, max: 40_000 }), (bytes) => {
      const largest = largestWithin(bytes);
      const [held, larger] = [holder.hold(replyOf(largest)), holder.hold(replyOf(largest + 4_096))];
      assert.ok(held.size <= bytes, `${largest} bytes take ${held.size}`);
      assert.ok(larger.size > bytes);
      free(held);
      free(larger);
    }),
  );
});

test("who goes on with a short answer gets it as text, once; a longer one stays as it is", () => {
  const short = asText(replyOf(300));
  assert.equal(typeof short.text, "string");
  assert.equal(asText(short), short);
  const long = replyOf(600);
  assert.equal(asText(long), long);
});

test("a copy for many is nobody's to write to", () => {
  for (const bytes of [300, 600, 30_000]) {
    const given = replyOf(bytes);
    const result = resultOf(given);
    const copy = sharedCopy(given);
    given.bytes.fill("y");
    assert.ok(copy.bytes.equals(result));
  }
});
