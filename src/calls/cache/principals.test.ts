import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { settle } from "#lib/hand-world.ts";
import { Stage, type StageOptions, textOf, textReply } from "./stage.fixture.ts";

const RULE = { ttlMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" } as const;

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

test("what is kept for one principal alone can be dropped, also what is on its way; nobody else loses an answer", async () => {
  const stage = personal({ cache: { tools: [{ pattern: "all", rule: { ...RULE, scope: "public" } }] } });
  for (const principal of ["ann", "bob"]) {
    await stage.ask({ principal });
    await stage.ask({ principal, arguments: { path: "y" } });
  }
  await stage.ask({ principal: "ann", tool: "all" });
  stage.answers = undefined;
  const late = stage.start({ principal: "ann", arguments: { path: "z" } });
  assert.equal(stage.cache.forgetPrincipal("ann"), 2);
  assert.equal(stage.cache.forgetPrincipal("ann"), 0);
  stage.held[0]?.answer(textReply("late"));
  assert.equal(textOf(await late.reply), "late", "the call itself may finish");
  stage.answers = () => textReply("new");
  const said = async (principal: string, path: string, tool = "read") => {
    const { call, reply } = await stage.ask({ principal, tool, arguments: { path } });
    return `${call.disposition} ${textOf(reply)}`;
  };
  assert.deepEqual([await said("ann", "x"), await said("ann", "z")], ["miss new", "miss new"]);
  assert.deepEqual([await said("bob", "x"), await said("bob", "y")], ['hit bob {"path":"x"}', 'hit bob {"path":"y"}']);
  assert.equal(await said("bob", "x", "all"), 'hit ann {"path":"x"}');
  const { entries, invalidations } = stage.cache.counts();
  assert.deepEqual([entries, invalidations], [5, 2]);
});
