import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FaultCode } from "#contract/fault.ts";
import { holds } from "#lib/holds.fixture.ts";
import { jsonObject, requestId, spelled } from "./loose-json.fixture.ts";
import { parseInbound } from "./message.ts";

const parse = (text: string) => parseInbound(Buffer.from(text));

test("a request is read with its id as it was written", () => {
  const requests = spelled(
    fc.record({ jsonrpc: fc.constant("2.0"), id: requestId, method: fc.string({ minLength: 1 }), params: jsonObject }),
  );
  holds(
    fc.property(requests, ({ value, text }) => {
      const { id, method, params } = value;
      assert.deepEqual(parse(text), { kind: "request", id, method, params });
    }),
  );
});

const request = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;

const UNUSABLE: [title: string, body: string | Buffer, code: FaultCode, words: RegExp][] = [
  ["an empty body", "", "PARSE_ERROR", /is empty; send one/],
  ["no JSON", "{", "PARSE_ERROR", /not valid JSON; send one/],
  ["two messages", request("1") + request("2"), "PARSE_ERROR", /nothing after it/],
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), "PARSE_ERROR", /UTF-8/],
  ["UTF-16", Buffer.from(request("1"), "utf16le"), "PARSE_ERROR", /not valid JSON/],
  [
    "100,000 nested lists",
    "[".repeat(100_000) + "]".repeat(100_000),
    "INVALID_REQUEST",
    /deeper than 128 levels; send/,
  ],
  ["100,000 open brackets", "[".repeat(100_000), "INVALID_REQUEST", /deeper/],
  ["a batch", `[${request("1")}]`, "INVALID_REQUEST", /one message per request/],
  ["an empty batch", "[]", "INVALID_REQUEST", /one message per request/],
  ["a text", '"ping"', "INVALID_REQUEST", /"jsonrpc": "2.0"/],
  ["null", "null", "INVALID_REQUEST", /"jsonrpc": "2.0"/],
  ["version 1.0", '{"jsonrpc":"1.0","id":1,"method":"ping"}', "INVALID_REQUEST", /"jsonrpc": "2.0"/],
  [
    "a version in the prototype",
    '{"__proto__":{"jsonrpc":"2.0"},"id":1,"method":"ping"}',
    "INVALID_REQUEST",
    /jsonrpc/,
  ],
  ["the id 2^53+1", request("9007199254740993"), "INVALID_REQUEST", /echoed exactly: use a string/],
  ["the id 1.5", request("1.5"), "INVALID_REQUEST", /echoed exactly/],
  ["the id 1e400", request("1e400"), "INVALID_REQUEST", /echoed exactly/],
  ["the id null", request("null"), "INVALID_REQUEST", /echoed exactly/],
  ["the id true", request("true"), "INVALID_REQUEST", /echoed exactly/],
  ["the id {}", request("{}"), "INVALID_REQUEST", /echoed exactly/],
  ["the id []", request("[]"), "INVALID_REQUEST", /echoed exactly/],
];
for (const [title, body, code, words] of UNUSABLE) {
  test(`${title}: ${code}, without an id, and it says what to do`, () => {
    const message = parseInbound(Buffer.from(body));
    assert.equal(message.kind, "invalid");
    assert.equal(message.id, null);
    assert.equal(message.fault.code, code);
    assert.match(message.fault.message, words);
  });
}

const ANSWERABLE: [title: string, body: string][] = [
  ["no method", '{"jsonrpc":"2.0","id":7}'],
  ["an empty method", '{"jsonrpc":"2.0","id":7,"method":""}'],
  ["a method that is no text", '{"jsonrpc":"2.0","id":7,"method":1}'],
  ["params that are a list", '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}'],
  ["params that are null", '{"jsonrpc":"2.0","id":7,"method":"ping","params":null}'],
];
for (const [title, body] of ANSWERABLE) {
  test(`${title}: INVALID_REQUEST under the caller's own id`, () => {
    const message = parse(body);
    assert.equal(message.kind, "invalid");
    assert.equal(message.id, 7);
    assert.equal(message.fault.code, "INVALID_REQUEST");
  });
}

test("without an id it is a notification, with a result or an error a response", () => {
  assert.deepEqual(parse('{"jsonrpc":"2.0","method":"n"}'), { kind: "notification", method: "n", params: {} });
  for (const outcome of ['"result":{}', '"error":{}']) {
    assert.deepEqual(parse(`{"jsonrpc":"2.0","id":"a",${outcome}}`), { kind: "response", id: "a" });
  }
});

test("keys that JavaScript treats specially are data", () => {
  const message = parse('{"jsonrpc":"2.0","id":1,"method":"m","params":{"__proto__":{"x":1},"constructor":1}}');
  assert.equal(message.kind, "request");
  assert.equal(JSON.stringify(message.params), '{"__proto__":{"x":1},"constructor":1}');
  assert.equal(({} as { x?: unknown }).x, undefined);
});
