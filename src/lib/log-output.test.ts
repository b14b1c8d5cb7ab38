import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogOutput, MAX_WAITING_BYTES } from "./log-output.ts";

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A disk or a pipe that has room for so many bytes, or fails with `code`. */
function stage() {
  const place = { room: Number.POSITIVE_INFINITY, code: "ENOSPC", text: "", tries: 0 };
  const output = createLogOutput({
    writeSync(bytes) {
      place.tries++;
      if (place.room === 0) throw failure(place.code);
      const taken = bytes.subarray(0, place.room);
      place.room -= taken.length;
      place.text += Buffer.from(taken).toString("latin1");
      return taken.length;
    },
    onLost: (lines) => output.write(`lost ${lines}\n`),
  });
  return { place, output };
}

test("each line is written before the call returns", () => {
  const { place, output } = stage();
  output.write("one\n");
  assert.equal(place.text, "one\n");
  output.write("two\n");
  assert.deepEqual([place.text, place.tries], ["one\ntwo\n", 2]);
});

for (const code of ["ENOSPC", "EPIPE", "EIO", "EAGAIN"]) {
  test(`what cannot be written waits, whole and in order, and no caller hears of it: ${code}`, () => {
    const { place, output } = stage();
    Object.assign(place, { room: 5, code });
    for (const line of ["one\n", "two\n", "three\n"]) output.write(line);
    assert.equal(place.text, "one\nt");
    place.room = Number.POSITIVE_INFINITY;
    output.write("four\n");
    assert.equal(place.text, "one\ntwo\nthree\nfour\n");
  });
}

test("so much waits and no more; what is missing is told where it is missing", () => {
  const { place, output } = stage();
  place.room = 0;
  const line = `${"x".repeat(1_023)}\n`;
  const fitting = MAX_WAITING_BYTES / line.length;
  for (let n = 0; n < fitting + 5; n++) output.write(line);
  place.room = Number.POSITIVE_INFINITY;
  output.write("after\n");
  assert.equal(place.text, `${line.repeat(fitting)}lost 5\nafter\n`);
  output.write("later\n");
  assert.ok(place.text.endsWith("after\nlater\n"));
});

test("a reader that is slow gets the rest without a next line", async () => {
  const { place, output } = stage();
  Object.assign(place, { room: 2, code: "EAGAIN" });
  output.write("one\n");
  place.room = Number.POSITIVE_INFINITY;
  while (place.text !== "one\n") await new Promise((wake) => setTimeout(wake, 10));
});

test("at the end what waits is written; a full disk holds nobody up, a reader that stands still not for long", () => {
  const { place, output } = stage();
  place.room = 0;
  output.write("last\n");
  output.end();
  assert.deepEqual([place.text, place.tries], ["", 2]);
  place.code = "EAGAIN";
  const beganAt = performance.now();
  output.end();
  assert.ok(performance.now() - beganAt < 5_000);
  place.room = Number.POSITIVE_INFINITY;
  output.end();
  assert.equal(place.text, "last\n");
});
