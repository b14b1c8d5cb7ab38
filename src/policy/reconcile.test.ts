import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf } from "#contract/preset.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { reconciliation, sameDefinition } from "./reconcile.ts";

const TRANSPORT = { kind: "stdio", command: "x", args: [], env: { A: "1", B: "2" }, cwd: "/" } as const;

const upstream = (name: string, more: Partial<UpstreamDefinition> = {}): UpstreamDefinition => ({
  name,
  origin: "file",
  enabled: true,
  description: "",
  trusted: false,
  timeoutMs: 60_000,
  ...settingsOf("default", "stdio"),
  hideAfterMs: 0,
  tools: { allow: ["*"], deny: [] },
  transport: TRANSPORT,
  ...more,
});

const running = (...definitions: UpstreamDefinition[]): ReadonlyMap<string, UpstreamDefinition> =>
  new Map(definitions.map((definition) => [definition.name, definition]));
const names = (list: readonly UpstreamDefinition[]): string[] => list.map((definition) => definition.name);

test("new ones start, missing ones stop, those with another link are replaced, with other settings retuned, equal ones are left alone", () => {
  const actual = running(upstream("kept"), upstream("changed"), upstream("retuned"), upstream("gone"));
  const { start, retune, replace, stop } = reconciliation(actual, [
    upstream("new"),
    upstream("changed", { transport: { ...TRANSPORT, command: "y" } }),
    upstream("retuned", { timeoutMs: 1 }),
    upstream("kept"),
  ]);
  assert.deepEqual([names(start), names(retune), names(replace), stop], [["new"], ["retuned"], ["changed"], ["gone"]]);
});

test("the desired definition is the one to run after a change", () => {
  const { retune } = reconciliation(running(upstream("a")), [upstream("a", { timeoutMs: 5 })]);
  assert.equal(retune[0]?.timeoutMs, 5);
});

test("the order of keys does not make a difference, the order of arguments does", () => {
  const cwd = "/";
  const base = { kind: "stdio", command: "x", cwd } as const;
  const one = upstream("a", { transport: { ...base, args: ["1", "2"], env: { A: "1", B: "2" } } });
  const two = upstream("a", { transport: { env: { B: "2", A: "1" }, args: ["1", "2"], ...base } });
  const three = upstream("a", { transport: { ...base, args: ["2", "1"], env: { A: "1", B: "2" } } });
  assert.ok(sameDefinition(one, two));
  assert.ok(!sameDefinition(one, three));
});
