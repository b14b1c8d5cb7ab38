import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { isObject, type JsonObject, MAX_JSON_DEPTH } from "#lib/json.ts";
import { jsonObject, requestId, spelled } from "./loose-json.fixture.ts";
import { scanReply } from "./scan.ts";

const result = fc
  .record(
    {
      more: jsonObject,
      _meta: fc.oneof(jsonObject, fc.constantFrom(null, "text", [1])),
      isError: fc.constantFrom<unknown>(true, false, null, "true"),
      resultType: fc.oneof(fc.constantFrom("complete", "input_required"), fc.string(), fc.constant(1)),
      content: fc.array(fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  .map(({ more, ...known }) => ({ ...more, ...known }));

const reply = fc
  .record(
    {
      jsonrpc: fc.constant("2.0"),
      id: fc.oneof(requestId, fc.constant(null)),
      result: fc.oneof({ weight: 4, arbitrary: result }, { weight: 1, arbitrary: fc.jsonValue() }),
      extra: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  .map((message): JsonObject => message);

const plain = (value: unknown): string | null =>
  typeof value === "string" && !JSON.stringify(value).includes("\\") ? value : null;

/** The bytes of a text that was scanned as latin1, the way the scan keeps it. */
const latin1 = (value: string | null): string | null => (value === null ? null : Buffer.from(value).toString("latin1"));

test("what the scan finds is what JSON.parse finds, whatever the order of keys and the white space", () => {
  holds(
    fc.property(spelled(reply), ({ value, text }) => {
      const bytes = Buffer.from(text);
      const scan = scanReply(bytes);
      assert.ok(scan, text);
      assert.equal(scan.id, latin1(plain(value.id)));
      assert.equal(scan.kind, Object.hasOwn(value, "result") ? "result" : "none");
      if (scan.kind === "none") return;
      const inside = bytes.toString("utf8", scan.start, scan.end);
      assert.deepEqual(JSON.parse(inside), value.result);
      const own = isObject(value.result) ? value.result : {};
      assert.equal(scan.isError, own.isError === true);
      assert.equal(scan.resultType, latin1(plain(own.resultType)));
      assert.equal(scan.metaEnd !== -1, isObject(own._meta));
      if (scan.metaEnd !== -1) assert.equal(bytes[scan.metaEnd], 0x7d);
    }),
  );
});

test("a message that was cut off anywhere is not scanned", () => {
  holds(
    fc.property(spelled(reply), fc.nat(), ({ text }, cut) => {
      const bytes = Buffer.from(text);
      assert.equal(scanReply(bytes.subarray(0, cut % bytes.length)), undefined);
    }),
  );
});

test("random bytes never make the scan throw or run past the end", () => {
  const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\ \n01tfnea', '"id"', '"result"', '"_meta"') });
  holds(
    fc.property(noise, (text) => {
      const bytes = Buffer.from(text);
      const scan = scanReply(bytes);
      if (scan !== undefined) assert.ok(scan.end <= bytes.length && scan.metaEnd < bytes.length);
    }),
  );
});

const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

test("a value may nest as deep as the limit and no deeper, and 100,000 levels cost nothing", () => {
  const around = (value: string): Buffer => Buffer.from(`{"id":"o2-1","result":{"deep":${value}},"z":${value}}`);
  assert.equal(scanReply(around(nested(MAX_JSON_DEPTH)))?.kind, "result");
  assert.equal(scanReply(around(nested(MAX_JSON_DEPTH + 1))), undefined);
  assert.equal(scanReply(around(nested(100_000))), undefined);
  assert.equal(scanReply(Buffer.from("[".repeat(100_000))), undefined);
});

const REFUSED: [title: string, text: string][] = [
  ["nothing", ""],
  ["white space", " \n"],
  ["a batch", '[{"id":"a","result":{}}]'],
  ["a text", '"result"'],
  ["two messages", '{"id":"a","result":{}}{"id":"b","result":{}}'],
  ["two results", '{"id":"a","result":{},"result":{}}'],
  ["a result and an error", '{"id":"a","result":{},"error":{}}'],
  ["two ids", '{"id":"a","id":"b","result":{}}'],
  ["a member without a value", '{"id":}'],
  ["a missing comma", '{"id":"a" "result":{}}'],
  ["a trailing comma", '{"id":"a",}'],
  ["a missing colon", '{"id" "a"}'],
  ["a key that is no text", "{id:1}"],
  ["brackets that do not match", '{"id":"a","result":{"x":[}]}}'],
];
for (const [title, text] of REFUSED) {
  test(`${title} is no reply`, () => assert.equal(scanReply(Buffer.from(text)), undefined));
}

const IDS: [id: string, seen: string | null][] = [
  ['"o2-7"', "o2-7"],
  ['""', ""],
  ["7", null],
  ["null", null],
  ['"o2\\u002d7"', null],
  ["{}", null],
];
for (const [id, seen] of IDS) {
  test(`the id ${id} is seen as ${JSON.stringify(seen)}`, () =>
    assert.equal(scanReply(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`))?.id, seen));
}

test("an error is found with its range, and its own members are not taken for a result's", () => {
  const bytes = Buffer.from('{"id":"a","error":{"code":-1,"_meta":{},"isError":true,"resultType":"x"}}');
  const scan = scanReply(bytes);
  assert.equal(scan?.kind, "error");
  assert.deepEqual([scan?.metaEnd, scan?.isError, scan?.resultType], [-1, false, null]);
  assert.equal(
    bytes.toString("utf8", scan?.start, scan?.end),
    '{"code":-1,"_meta":{},"isError":true,"resultType":"x"}',
  );
});
