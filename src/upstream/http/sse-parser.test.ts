// Does the parser read event streams as WHATWG HTML 9.2.6 says, whatever the network does to the bytes?
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSseParser } from "./sse-parser.ts";

type Seen = readonly [type: string, data: string, id: string];

function parse(chunks: readonly (Buffer | string)[], maxBytes = 1000) {
  const events: Seen[] = [];
  const parser = createSseParser(({ type, data }) => {
    events.push([type, data.toString(), parser.lastEventId]);
  }, maxBytes);
  const taken = chunks.every((chunk) => parser.push(Buffer.from(chunk)));
  return { events, taken, id: parser.lastEventId, retryMs: parser.retryMs };
}

const STREAMS: [title: string, text: string, events: readonly Seen[]][] = [
  [
    "LF, CR and CRLF all end lines",
    "data: a\n\ndata: b\r\rdata: c\r\n\r\n",
    [
      ["", "a", ""],
      ["", "b", ""],
      ["", "c", ""],
    ],
  ],
  ["data lines are joined", "data: a\ndata:b\ndata\n\n", [["", "a\nb\n", ""]]],
  ["one space after the colon is dropped, no more", "data:  a\n\n", [["", " a", ""]]],
  ["a byte order mark is skipped, at the start only", "\ufeffdata: a\n\n\ufeffdata: b\n\n", [["", "a", ""]]],
  ["comments and unknown fields say nothing", ": hi\nfoo: bar\nlonger-name: x\ndata: a\n\n:\n\n", [["", "a", ""]]],
  [
    "type and id",
    "event: message\nid: 7\ndata: a\n\ndata: b\n\n",
    [
      ["message", "a", "7"],
      ["", "b", "7"],
    ],
  ],
  ["an id without data is kept for the next event", "id: 1\n\ndata: a\n\n", [["", "a", "1"]]],
  [
    "an id with NUL is ignored, an empty one resets",
    "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid\ndata: c\n\n",
    [
      ["", "a", "1"],
      ["", "b", "1"],
      ["", "c", ""],
    ],
  ],
  ["a type without data is forgotten", "event: x\n\ndata: a\n\n", [["", "a", ""]]],
  ["an empty data line is an event", "data\n\n", [["", "", ""]]],
  ["an event without a blank line is dropped", "data: a\n\ndata: b\n", [["", "a", ""]]],
  ["characters of several bytes", "data: é€😀\n\n", [["", "é€😀", ""]]],
];

for (const [title, text, events] of STREAMS) {
  test(`${title}, split at every byte`, () => {
    const bytes = Buffer.from(text);
    assert.deepEqual(parse([bytes]).events, events);
    assert.deepEqual(parse(Array.from(bytes, (byte) => Buffer.of(byte))).events, events);
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(parse([bytes.subarray(0, at), bytes.subarray(at)]).events, events, `split at ${at}`);
    }
  });
}

test("retry takes digits only", () => {
  assert.equal(parse(["retry: 250\n"]).retryMs, 250);
  for (const value of ["1.5", "-1", "soon", "", "99999999999"])
    assert.equal(parse([`retry: ${value}\n`]).retryMs, undefined);
});

test("an id counts once its blank line has come", () => {
  assert.equal(parse(["id: 1\ndata: a\n\nid: 2\ndata: b\n"]).id, "1");
});

test("one event may not grow beyond the limit, in one line or in many, in data or in comments", () => {
  assert.equal(parse([`data: ${"x".repeat(900)}\n\n`]).taken, true);
  assert.equal(parse([`data: ${"x".repeat(1001)}\n\n`]).taken, false);
  assert.equal(parse(Array.from({ length: 300 }, () => "xxxx")).taken, false);
  assert.equal(parse(Array.from({ length: 300 }, () => "data: xxxx\n")).taken, false);
  assert.equal(parse(Array.from({ length: 2000 }, () => "data\n")).taken, false);
  assert.equal(parse(Array.from({ length: 300 }, () => "data: xxxx\n\n")).taken, true);
  assert.deepEqual(parse([`data: ${"x".repeat(2000)}\n\ndata: a\n\n`]).events, []);
});

test("any stream gives the same events through any split", () => {
  const piece = fc.constantFrom(
    "data",
    "event",
    "id",
    "retry",
    ":",
    ": ",
    " ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "1",
    "é",
    "\ufeff",
    "{}",
  );
  const stream = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join("")));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200)), (bytes, cuts) => {
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, n) => bytes.subarray(at[n], end));
      assert.deepEqual(parse(chunks), parse([bytes]));
    }),
    { numRuns: 2000 },
  );
});
