import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SCHEMAS, type FrameType } from "#contract/event.ts";
import { maySee } from "./access.ts";

test("every role sees every frame, and viewers of calls only their own", () => {
  for (const type of Object.keys(FRAME_SCHEMAS) as FrameType[]) {
    assert.equal(maySee("admin", type), "all", type);
    assert.equal(maySee("operator", type), "all", type);
    assert.equal(maySee("viewer", type), type === "call_finished" ? "own" : "all", type);
  }
});
