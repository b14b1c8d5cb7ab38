import assert from "node:assert/strict";
import { test } from "node:test";
import { createLineFramer } from "./line-framer.ts";

function frame(chunks: Iterable<Buffer>, maxLineBytes = 1024) {
  const lines: string[] = [];
  let overflows = 0;
  const framer = createLineFramer({
    maxLineBytes,
    onLine: (line) => lines.push(line.toString("latin1")),
    onOverflow: () => overflows++,
  });
  for (const chunk of chunks) framer.push(chunk);
  return { lines, overflows };
}

const pieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));

test("the same lines come out however the stream is cut into chunks", () => {
  const stream = Buffer.from('\uFEFF{"a":1}\r\n\n\r\n{"b":"ü\\n"}\n \n\uFEFF\r\nlast\r\nunfinished');
  const whole = frame([stream]).lines;
  assert.deepEqual(whole, ['{"a":1}', Buffer.from('{"b":"ü\\n"}').toString("latin1"), " ", "last"]);
  for (let size = 1; size <= stream.length; size++) assert.deepEqual(frame(pieces(stream, size)).lines, whole);
});

test("a line of exactly the limit passes, with LF and with CRLF, and one byte more is an overflow", () => {
  for (const size of [1, 7, 100]) {
    assert.deepEqual(frame(pieces(Buffer.from(`${"x".repeat(10)}\r\nok\n`), size), 10), {
      lines: ["x".repeat(10), "ok"],
      overflows: 0,
    });
    assert.deepEqual(frame(pieces(Buffer.from(`ok\n${"x".repeat(11)}\nno\n`), size), 10), {
      lines: ["ok"],
      overflows: 1,
    });
  }
});

test("an endless line overflows once and is not kept", () => {
  const { lines, overflows } = frame(
    Array.from({ length: 100 }, () => Buffer.alloc(100, 0x61)),
    1000,
  );
  assert.deepEqual({ lines, overflows }, { lines: [], overflows: 1 });
});

test("a line of 1 MiB that arrives byte by byte takes linear time", () => {
  const line = Buffer.alloc(1024 * 1024, 0x61);
  const started = process.cpuUsage();
  const { lines } = frame([...pieces(line, 1), Buffer.from("\n")], 4 * 1024 * 1024);
  assert.equal(lines[0]?.length, line.length);
  assert.ok(process.cpuUsage(started).user < 3_000_000, "quadratic copying takes minutes");
});

test("lines of one chunk are views of it, and a line that spans chunks survives reuse of the carry", () => {
  const seen: Buffer[] = [];
  const framer = createLineFramer({ maxLineBytes: 100, onLine: (line) => seen.push(line), onOverflow() {} });
  const chunk = Buffer.from("one\ntw");
  framer.push(chunk);
  framer.push(Buffer.from("o\nthr"));
  framer.push(Buffer.from("ee\n"));
  assert.equal(seen[0]?.buffer, chunk.buffer);
  assert.deepEqual(seen.map(String), ["one", "two", "three"]);
});
