import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  CACHE_DEFAULTS,
  CACHE_MODES,
  type CacheRule,
  type CacheSettings,
  type ToolCacheRule,
} from "#contract/cache.ts";
import { FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { holds } from "#lib/holds.fixture.ts";
import {
  answerRefusal,
  inDoubt,
  parametersRefusal,
  resourcePolicy,
  type ToolFacts,
  toolPolicy,
} from "./cacheability.ts";

const RULE: CacheRule = { ttlMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" };
const AUTO: CacheSettings = { ...CACHE_DEFAULTS, mode: "auto" };
const facts = (annotations: unknown, trusted = true, name = "search"): ToolFacts => ({ name, annotations, trusted });
const rules = (...given: [pattern: string, rule: ToolCacheRule["rule"]][]): CacheSettings => ({
  ...AUTO,
  tools: given.map(([pattern, rule]) => ({ pattern, rule })),
});

test("in auto a tool is kept exactly when its server is trusted, it only reads and stays inside, or a person's rule says so", () => {
  const hint = fc.constantFrom<unknown>(true, false, undefined, "true", 1, null);
  const given = fc.constantFrom<"rule" | "off" | undefined>("rule", "off", undefined);
  holds(
    fc.property(fc.tuple(fc.boolean(), hint, hint, given), ([trusted, readOnlyHint, openWorldHint, said]) => {
      const settings = said === undefined ? AUTO : rules(["search", said === "rule" ? RULE : "off"]);
      const { keeping } = toolPolicy(facts({ readOnlyHint, openWorldHint }, trusted), settings);
      const byItself = said === undefined && trusted && readOnlyHint === true && openWorldHint !== true;
      assert.equal(keeping.kind === "keep", said === "rule" || byItself);
    }),
  );
});

test("a call counts as a write unless its server says that it only reads, or a person's rule keeps it", () => {
  const hint = fc.constantFrom<unknown>(true, false, undefined);
  const given = fc.constantFrom<"rule" | "off" | undefined>("rule", "off", undefined);
  holds(
    fc.property(
      fc.tuple(fc.boolean(), hint, given, fc.constantFrom(...CACHE_MODES)),
      ([trusted, readOnlyHint, said, mode]) => {
        const settings = said === undefined ? AUTO : rules(["search", said === "rule" ? RULE : "off"]);
        const { writes } = toolPolicy(facts({ readOnlyHint }, trusted), { ...settings, mode });
        assert.equal(writes, !(said === "rule" || readOnlyHint === true));
      },
    ),
  );
});

const BY_MODE: [mode: CacheSettings["mode"], trusted: boolean, annotations: unknown, expected: string][] = [
  ["off", true, { readOnlyHint: true }, "pass mode_off"],
  ["off", true, { readOnlyHint: false }, "pass mode_off"],
  ["shadow", true, { readOnlyHint: true }, "watch shadow_mode"],
  ["shadow", false, undefined, "watch shadow_mode"],
  ["shadow", false, { readOnlyHint: false }, "pass not_read_only"],
  ["auto", true, { readOnlyHint: true }, "keep"],
  ["auto", true, { readOnlyHint: true, openWorldHint: false }, "keep"],
  ["auto", true, { readOnlyHint: true, openWorldHint: true }, "watch open_world"],
  ["auto", true, undefined, "watch not_read_only"],
  ["auto", true, ["readOnlyHint"], "watch not_read_only"],
  ["auto", true, { readOnlyHint: false }, "pass not_read_only"],
  ["auto", false, { readOnlyHint: true }, "watch untrusted"],
  ["auto", false, { readOnlyHint: false }, "pass not_read_only"],
];
for (const [mode, trusted, annotations, expected] of BY_MODE) {
  test(`${mode}, ${trusted ? "trusted" : "not trusted"}, ${JSON.stringify(annotations)}: ${expected}`, () => {
    const { keeping } = toolPolicy(facts(annotations, trusted), { ...AUTO, mode });
    assert.equal(
      keeping.kind === "pass" || keeping.kind === "watch" ? `${keeping.kind} ${keeping.reason}` : keeping.kind,
      expected,
    );
  });
}

test("a person's rule holds in every mode", () => {
  for (const mode of CACHE_MODES) {
    assert.deepEqual(toolPolicy(facts(undefined, false), { ...rules(["search", RULE]), mode }).keeping, {
      kind: "keep",
      rule: RULE,
    });
    assert.deepEqual(toolPolicy(facts({ readOnlyHint: true }), { ...rules(["search", "off"]), mode }).keeping, {
      kind: "pass",
      reason: "rule_off",
    });
  }
});

test("an exact name wins over patterns, an earlier pattern over a later one", () => {
  const other = { ...RULE, ttlMs: 1 };
  const ruleFor = (...given: Parameters<typeof rules>): unknown => {
    const { keeping } = toolPolicy(facts(undefined), rules(...given));
    return keeping.kind === "keep" ? keeping.rule.ttlMs : keeping.kind;
  };
  assert.equal(ruleFor(["*", other], ["search", RULE]), 60_000);
  assert.equal(ruleFor(["se*", RULE], ["*", other]), 60_000);
  assert.equal(ruleFor(["*", "off"], ["search", RULE]), 60_000);
  assert.equal(ruleFor(["se*", "off"], ["*", RULE]), "pass");
  assert.equal(ruleFor(["x*", RULE]), "watch");
});

test("a pattern does not sweep in a tool that says that it writes; its own name does", () => {
  const writer = facts({ readOnlyHint: false });
  assert.deepEqual(toolPolicy(writer, rules(["*", RULE])), {
    keeping: { kind: "pass", reason: "not_read_only" },
    writes: true,
  });
  assert.deepEqual(toolPolicy(writer, rules(["*", "off"], ["search", RULE])), {
    keeping: { kind: "keep", rule: RULE },
    writes: false,
  });
});

test("without any time to live nothing is kept", () => {
  const none = { ...RULE, ttlMs: 0 };
  assert.deepEqual(toolPolicy(facts(undefined), rules(["search", none])).keeping, { kind: "pass", reason: "no_ttl" });
  assert.equal(toolPolicy(facts(undefined), rules(["search", { ...none, staleIfErrorMs: 1 }])).keeping.kind, "keep");
  assert.equal(toolPolicy(facts({ readOnlyHint: true }), { ...AUTO, ttlMs: 0 }).keeping.kind, "pass");
  assert.deepEqual(resourcePolicy({ ...AUTO, ttlMs: 0 }, true), { kind: "pass", reason: "no_ttl" });
});

test("resources are kept by their server's hints in auto alone, for everybody only where it is trusted", () => {
  assert.deepEqual(resourcePolicy({ ...AUTO, mode: "off" }, true), { kind: "pass", reason: "mode_off" });
  assert.deepEqual(resourcePolicy({ ...AUTO, mode: "shadow" }, true), { kind: "pass", reason: "shadow_mode" });
  for (const [trusted, scope] of [
    [true, "public"],
    [false, "private"],
  ] as const) {
    const rule = { ttlMs: 300_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 7, scope };
    assert.deepEqual(resourcePolicy({ ...AUTO, staleIfErrorMs: 7, staleWhileRevalidateMs: 9 }, trusted), {
      kind: "hinted",
      rule,
    });
  }
});

test("only a call that consists of a name or URI, arguments and _meta is looked up", () => {
  assert.equal(parametersRefusal({}), undefined);
  assert.equal(parametersRefusal({ name: "x", uri: "y", arguments: {}, _meta: {} }), undefined);
  for (const key of ["inputResponses", "requestState"])
    assert.equal(parametersRefusal({ name: "x", [key]: null }), "continuation");
  for (const key of ["task", "cursor", "", "Name"])
    assert.equal(parametersRefusal({ name: "x", [key]: 1 }), "parameters");
  assert.equal(parametersRefusal(JSON.parse('{"name":"x","__proto__":{}}')), "parameters");
});

test("only a complete result without an error, up to the largest size, is kept", () => {
  const good = { kind: "result" as const, isError: false, resultType: null, bytes: 100 };
  assert.equal(answerRefusal(good, 100), undefined);
  assert.equal(answerRefusal({ ...good, resultType: "complete" }, 100), undefined);
  assert.equal(answerRefusal(good, 99), "too_large");
  assert.equal(answerRefusal({ ...good, isError: true }, 100), "tool_error");
  for (const resultType of ["input_required", "", "Complete", "task"]) {
    assert.equal(answerRefusal({ ...good, resultType }, 100), "incomplete");
  }
  for (const kind of ["error", "none"] as const) assert.equal(answerRefusal({ ...good, kind }, 100), "error");
});

test("a write is in doubt when its answer was lost, late or not waited for, and whenever the server had it in hand", () => {
  const doubtful = new Set<string>(["OUTCOME_UNKNOWN", "UPSTREAM_TIMEOUT", "DEADLINE_EXCEEDED", "CANCELLED"]);
  for (const code of Object.keys(FAULTS) as FaultCode[]) {
    assert.equal(inDoubt(new Fault(code, "")), doubtful.has(code), code);
    assert.equal(inDoubt(new Fault(code, "", { circumstance: { sent: true } })), true, code);
    assert.equal(inDoubt(new Fault(code, "", { circumstance: { sent: false } })), doubtful.has(code), code);
  }
});
