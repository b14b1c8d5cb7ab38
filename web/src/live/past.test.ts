import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventRow } from "../../../src/contract/history.ts";
import { serverView, statusFrame } from "../fixtures.ts";
import { lineOf } from "./lines.ts";
import { linesOf, merged } from "./past.ts";

const frame = (seq: number) => ({ ...statusFrame(serverView("a", { status: "down" }), seq), ts: 1000 + seq });
const row = (seq: number): EventRow => {
  const { type, ts: at, data } = frame(seq);
  return { seq, epoch: "e1", at, type, server: "a", severity: "warning", data };
};
const live = (seq: number) => ({ id: seq, ...(lineOf(frame(seq)) as NonNullable<ReturnType<typeof lineOf>>) });

test("a row of the journal reads like the frame it was", () => {
  assert.deepEqual(linesOf([row(3)]), [{ ...live(3), id: 0 }]);
});

test("a row of a kind that is not known here, or of another shape, is left out", () => {
  assert.deepEqual(
    linesOf([
      { ...row(3), type: "not_known_here" },
      { ...row(4), data: null },
    ]),
    [],
  );
});

test("what came both ways stands once, and all stand newest first", () => {
  const list = merged([live(5), live(4)], linesOf([row(4), row(3), row(2)]));
  assert.deepEqual(
    list.map(({ seq }) => seq),
    [5, 4, 3, 2],
  );
});

test("equal numbers of two epochs are two events", () => {
  const other = { ...row(5), epoch: "e0", at: 1 };
  assert.equal(merged([live(5)], linesOf([other])).length, 2);
});
