import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { settle } from "#lib/hand-world.fixture.ts";
import { Stage, type StageOptions, textOf, textReply } from "./stage.fixture.ts";

/** A server whose answers name who asked. */
const personal = (options: StageOptions = {}): Stage => {
  const stage = new Stage(options);
  stage.answers = ({ principal, params }) => textReply(`${principal} ${JSON.stringify(params.arguments)}`);
  return stage;
};

test("two principals who ask the same 1,000 times over, in any order and at once, never get each other's answers", async () => {
  const asking = fc.record({
    principal: fc.constantFrom("ann", "bob", "null", '"ann"'),
    path: fc.constantFrom("x", "y"),
    request: fc.constantFrom<"use" | "refresh" | "bypass">("use", "use", "use", "refresh", "bypass"),
    together: fc.boolean(),
    passMs: fc.constantFrom(0, 0, 30, 70),
  });
  const dispositions = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(asking, { minLength: 2, maxLength: 12 }), async (all) => {
      const stage = personal({ cache: { ttlMs: 50, staleWhileRevalidateMs: 40, staleIfErrorMs: 100 } });
      for (const { principal, path, request, together, passMs } of all) {
        stage.world.advance(passMs);
        const { call, reply } = stage.start({ principal, arguments: { path }, request });
        const checked = reply.then((it) => {
          assert.equal(textOf(it), `${principal} {"path":"${path}"}`);
          dispositions.set(call.disposition, (dispositions.get(call.disposition) ?? 0) + 1);
        });
        if (!together) await checked;
      }
      await settle();
      assert.equal(stage.records.length, all.length);
    }),
    { numRuns: 1_000 },
  );
  for (const kind of ["hit", "stale", "coalesced", "miss", "bypass"])
    assert.ok((dispositions.get(kind) ?? 0) > 50, kind);
});

test("a rule whose scope is public shares one answer among all", async () => {
  const stage = personal({ cache: { scope: "public" } });
  await stage.ask({ principal: "ann" });
  const { call, reply } = await stage.ask({ principal: "bob" });
  assert.deepEqual([call.disposition, textOf(reply), stage.count], ["hit", 'ann {"path":"x"}', 1]);
});

test("nobody can put an answer of its choice under a question of others", async () => {
  const stage = personal({ cache: { scope: "public" } });
  await stage.ask({ principal: "mallory", arguments: { path: "evil" }, more: { uri: { path: "x" } } });
  const { reply } = await stage.ask({ principal: "ann", arguments: { path: "x" } });
  assert.equal(textOf(reply), 'ann {"path":"x"}');
});

test("calls of two principals are never coalesced, and those of one are", async () => {
  const stage = personal();
  stage.answers = undefined;
  const calls = ["ann", "bob", "ann"].map((principal) => stage.start({ principal }));
  assert.equal(stage.held.length, 2);
  for (const { call, answer } of stage.held) answer(textReply(call.principal));
  const texts = (await Promise.all(calls.map(({ reply }) => reply))).map(textOf);
  assert.deepEqual(texts, ["ann", "bob", "ann"]);
});

test("what is watched is compared within one principal", async () => {
  const stage = personal({ cache: { mode: "shadow" } });
  for (const principal of ["ann", "bob", "ann"]) await stage.ask({ principal });
  const row = stage.cache.shelves()[0]?.rows.get("read");
  const seen = row && stage.cache.evidence(row);
  assert.deepEqual([seen?.calls, seen?.repeats, seen?.comparisons, seen?.changed], [3, 1, 1, 0]);
});
