import assert from "node:assert/strict";
import test from "node:test";
import { answer, bigTextWire, MAX_BIG_BYTES, MIN_BIG_BYTES } from "./answers.ts";

const call = (name: string, args: object) => answer({ id: 7, method: "tools/call", params: { name, arguments: args } });
const textOf = (reply: Buffer | undefined): string =>
  (JSON.parse(String(reply)) as { result: { content: { text: string }[] } }).result.content[0]?.text ?? "";

test("echo returns its message, escapes included", () => {
  const message = `a "quoted"\nline, ü and 𝄞`;
  assert.equal(textOf(call("echo", { message })), message);
});

test("big returns valid JSON text of exactly the length asked for", () => {
  for (const bytes of [MIN_BIG_BYTES, 1_000, 4_096, 65_535, MAX_BIG_BYTES]) {
    for (const n of [0, 1, 1_023, 1_024, 123_456_789]) {
      assert.equal(textOf(call("big", { n, bytes })).length, bytes, `n ${n}, ${bytes} bytes`);
    }
  }
});

test("texts of different n differ at both ends and in the middle", () => {
  const [one, two] = [1, 2].map((n) => JSON.parse(`"${bigTextWire(n, 65_536)}"`) as string) as [string, string];
  for (const [from, to] of [
    [0, 10],
    [30_000, 30_100],
    [-10, undefined],
  ] as const) {
    assert.notEqual(one.slice(from, to), two.slice(from, to));
  }
});

test("what the server cannot do is an error with the caller's id", () => {
  for (const reply of [
    call("big", { n: 1, bytes: MAX_BIG_BYTES + 1 }),
    call("big", { n: 1, bytes: MIN_BIG_BYTES - 1 }),
    call("big", { n: "1", bytes: 1_000 }),
    call("echo", {}),
    call("other", {}),
    answer({ id: 7, method: "server/discover" }),
  ]) {
    const { id, error } = JSON.parse(String(reply)) as { id: number; error?: { code: number } };
    assert.equal(id, 7);
    assert.ok(error !== undefined && error.code < -32_600);
  }
});

test("a notification gets no answer", () => {
  assert.equal(answer({ method: "notifications/initialized" }), undefined);
});
