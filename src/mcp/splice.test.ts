import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { jsonObject, requestId, spelled } from "./loose-json.fixture.ts";
import { META } from "./protocol.ts";
import { scanReply } from "./scan.ts";
import { type Piece, type SpliceOptions, spliceReply } from "./splice.ts";

const MARK = `"${META.call}":"c_1"`;

const whole = (pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)));

const splice = (text: string, options: Partial<SpliceOptions> = {}): { text: string; pieces: Piece[] } => {
  const bytes = Buffer.from(text);
  const scan = scanReply(bytes);
  assert.ok(scan);
  const pieces = spliceReply({ bytes, scan }, { id: 1, mark: undefined, extraMembers: "", ...options });
  const held = { bytes: Buffer.alloc(0), scan, text: bytes.toString("latin1") };
  assert.deepEqual(whole(spliceReply(held, { id: 1, mark: undefined, extraMembers: "", ...options })), whole(pieces));
  return { text: whole(pieces).toString("utf8"), pieces };
};

const result = fc
  .tuple(
    jsonObject,
    fc.option(fc.oneof(jsonObject, fc.constant({ [META.call]: "of a gateway behind us" })), { nil: undefined }),
    fc.option(fc.constantFrom("complete", "input_required"), { nil: undefined }),
    fc.constantFrom(0, 0, 0, 10_000),
  )
  .map(([more, _meta, resultType, size]): JsonObject => {
    const padded = size === 0 ? more : { ...more, content: "x".repeat(size) };
    return {
      ...padded,
      ...(resultType === undefined ? {} : { resultType }),
      ...(_meta === undefined ? {} : { _meta }),
    };
  });

const options = fc.record({
  id: requestId,
  mark: fc.option(fc.constantFrom(MARK, `${MARK},"omni2/cache":{"disposition":"hit","ageMs":3}`), { nil: undefined }),
  extraMembers: fc.constantFrom("", '"resultType":"complete"', '"resultType":"complete","ttlMs":0'),
});

test("the answer is the result with our own members, under the caller's id", () => {
  const replies = spelled(result.map((value) => ({ jsonrpc: "2.0", id: "o2-1", result: value })));
  holds(
    fc.property(replies, options, ({ value, text }, given) => {
      const spliced = JSON.parse(splice(text, given).text);
      const added = value.result.resultType === undefined ? JSON.parse(`{${given.extraMembers}}`) : {};
      const mark = JSON.parse(`{${given.mark ?? ""}}`);
      const _meta = { ...(isObject(value.result._meta) ? value.result._meta : {}), ...mark };
      const marked = given.mark === undefined ? {} : { _meta };
      assert.deepEqual(spliced, { jsonrpc: "2.0", id: given.id, result: { ...added, ...value.result, ...marked } });
    }),
  );
});

test("an error passes as it is, under the caller's id", () => {
  const errors = spelled(jsonObject.map((error) => ({ id: "o2-1", error, jsonrpc: "2.0" })));
  holds(
    fc.property(errors, options, ({ value, text }, given) => {
      assert.deepEqual(JSON.parse(splice(text, given).text), { jsonrpc: "2.0", id: given.id, error: value.error });
    }),
  );
});

test("numbers keep every digit and texts every escape", () => {
  const inner = '{"big":9007199254740993,"exact":1.0,"wide":1e400,"text":"\\u00e9\\/"}';
  assert.equal(
    splice(`{"jsonrpc":"2.0","id":"o2-1","result":${inner}}`).text,
    `{"jsonrpc":"2.0","id":1,"result":${inner}}`,
  );
});

test("a result that is no object passes unmarked", () => {
  for (const value of ["null", "[]", '"x"', "7"]) {
    const text = `{"id":"o2-1","result":${value}}`;
    assert.equal(splice(text, { mark: MARK }).text, `{"jsonrpc":"2.0","id":1,"result":${value}}`);
  }
});

test("a large result is not copied, marked or not", () => {
  for (const meta of ["", ',"_meta":{"a":1}']) {
    const bytes = Buffer.from(`{"id":"o2-1","result":{"content":"${"x".repeat(50_000)}"${meta}}}`);
    const scan = scanReply(bytes);
    assert.ok(scan);
    const pieces = spliceReply({ bytes, scan }, { id: 1, mark: MARK, extraMembers: "" });
    const shared = pieces.filter((piece) => typeof piece !== "string" && piece.buffer === bytes.buffer);
    assert.ok(shared.reduce((sum, piece) => sum + piece.length, 0) >= 50_000);
  }
});
