// Does the gateway hold what it promises under every fault of the matrix, over every transport, one row after the other?
// `FAULTS=F03,F12` plays only these.
import { after, before, describe, it } from "node:test";
import { playRow } from "./faults/row.ts";
import { ROWS } from "./faults/rows.ts";
import { openStage, type Stage } from "./faults/stage.ts";

const chosen = process.env.FAULTS?.split(",");
const rows = ROWS.filter(({ id }) => chosen === undefined || chosen.includes(id));

let stage: Stage;

before(async () => {
  stage = await openStage();
});

after(() => stage?.close());

describe("the fault matrix", () => {
  for (const row of rows) {
    if (row.cells === undefined && row.gateway === undefined) continue;
    it(`${row.id} ${row.fault}`, () => playRow(stage, row));
  }
});
