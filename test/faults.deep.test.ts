// Does the gateway hold what it promises under every fault of the matrix, over every transport, one row after the other?
// `FAULTS=F03,F12` plays only these.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { matrixMarkdown } from "./faults/matrix.ts";
import { playRow, type Row } from "./faults/row.ts";
import { ROWS } from "./faults/rows.ts";
import { openStage, type Stage } from "./faults/stage.ts";

const root = join(import.meta.dirname, "..");
const chosen = process.env.FAULTS?.split(",");
const rows = ROWS.filter(({ id }) => chosen === undefined || chosen.includes(id));
const isPlayed = (row: Row): boolean => row.cells !== undefined || row.gateway !== undefined;

let stage: Stage;
const begun = new Map<Row, Promise<void>>();
const held = new Set<Row>();

before(async () => {
  stage = await openStage();
  for (const row of rows) {
    if (row.takesLong !== true || row.gateway === undefined) continue;
    const ended = row.gateway(stage);
    ended.catch(() => {});
    begun.set(row, ended);
  }
});

after(() => stage?.close());

function assertProved({ id, proofs = [] }: Row): void {
  for (const { file, title } of proofs) {
    assert.ok(readFileSync(join(root, file), "utf8").includes(title), `${id}: ${file} has no test "${title}"`);
  }
}

describe("the fault matrix", () => {
  for (const row of rows) {
    if (!isPlayed(row) && row.proofs === undefined) continue;
    it(`${row.id} ${row.fault}`, async () => {
      assertProved(row);
      const running = begun.get(row);
      if (isPlayed(row)) await playRow(stage, running === undefined ? row : { ...row, gateway: () => running });
      held.add(row);
    });
  }

  it("is what docs/faults-matrix.md says", { skip: chosen !== undefined }, () => {
    const isUnplayed = (row: Row): boolean => !isPlayed(row) && row.proofs === undefined;
    const page = matrixMarkdown(ROWS, (row) => held.has(row) || isUnplayed(row)).split("\n");
    const committed = readFileSync(join(root, "docs/faults-matrix.md"), "utf8").split("\n");
    const differing = page.filter((line, at) => line !== committed[at]);
    assert.deepEqual(differing, [], "these lines ran otherwise; for a new fault run `npm run docs`");
    assert.equal(committed.length, page.length);
  });
});
