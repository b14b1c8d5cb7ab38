import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import type { ConfigAnswer, ConfigApplied, ConfigRevision } from "#contract/change.ts";
import { type FakeGateway, fakeGateway, refusal } from "./fake-gateway.fixture.ts";

const ANSWER: ConfigAnswer = {
  revision: 7,
  files: ["/etc/omni2.json"],
  document: { mcpServers: { web: { url: "https://h/" } }, omni2: {} },
  changes: { mcpServers: { web: { timeoutMs: 5 } }, omni2: {} },
  warnings: ["web: odd"],
};
const APPLIED: ConfigApplied = {
  revision: 8,
  changes: [
    { path: "omni2.cache.maxEntries", before: 5, after: 6, needsRestart: true },
    { path: "mcpServers.web.timeoutMs", after: 9, needsRestart: false },
    { path: "mcpServers.old", before: { url: "https://o/" }, needsRestart: false },
  ],
  warnings: ["mcpServers.web.x: unknown field, ignored"],
};
const LINES = [
  "~ omni2.cache.maxEntries: 5 -> 6  (from the next start on)",
  "+ mcpServers.web.timeoutMs: 9",
  '- mcpServers.old: {"url":"https://o/"}',
  "warning: mcpServers.web.x: unknown field, ignored",
];
const ok = (body: unknown) => ({ status: 200, body });

let gateway: FakeGateway;
let folder: string;
before(async () => {
  gateway = await fakeGateway();
  folder = await mkdtemp(join(tmpdir(), "omni2-cli-"));
});
after(async () => {
  gateway.close();
  await rm(folder, { recursive: true });
});
beforeEach(() =>
  gateway.reset({
    "GET /api/config": ok(ANSWER),
    "PATCH /api/config": ok(APPLIED),
    "PATCH /api/config?dryRun=true": ok({ ...APPLIED, revision: 7 }),
    "POST /api/config/revisions/3/apply": ok(APPLIED),
  }),
);
const file = async (document: unknown): Promise<string> => {
  const path = join(folder, "change.json");
  await writeFile(path, JSON.stringify(document));
  return path;
};

test("config show prints what runs, its warnings, and what was set over the files", async () => {
  assert.equal(await gateway.run("config", "show"), 0);
  const text = gateway.out.join("\n");
  assert.match(text, /^Revision 7, from \/etc\/omni2\.json\nwarning: web: odd\n\{\n {2}"mcpServers"/);
  assert.match(text, /Set over the files:\n\{[\s\S]*"timeoutMs": 5/);
  gateway.out.length = 0;
  await gateway.run("config", "show", "--json");
  assert.deepEqual(JSON.parse(gateway.out.join("\n")), ANSWER);
});

test("config apply sends a file as a change of the present revision and tells what it did", async () => {
  const path = await file({ $schema: "s", servers: { a: { url: "https://a/" } }, mcpServers: { web: null } });
  assert.equal(await gateway.run("config", "apply", path), 0);
  assert.deepEqual(gateway.asked.at(-1), {
    what: "PATCH /api/config",
    body: { mcpServers: { a: { url: "https://a/" }, web: null } },
    ifMatch: '"7"',
  });
  assert.deepEqual(gateway.out, [...LINES, "3 changes; this is revision 8."]);
});

test("config diff, and apply with --dry-run, only ask what would change", async () => {
  const path = await file({ omni2: {} });
  for (const command of [["diff"], ["apply", "--dry-run"]]) {
    gateway.out.length = 0;
    assert.equal(await gateway.run("config", ...command, path), 0);
    assert.equal(gateway.asked.at(-1)?.what, "PATCH /api/config?dryRun=true");
    assert.deepEqual(gateway.out, [...LINES, "3 changes; nothing was done yet."]);
  }
});

test("a change that changes nothing says so", async () => {
  gateway.answers["PATCH /api/config"] = ok({ revision: 7, changes: [], warnings: [] });
  await gateway.run("config", "apply", await file({}));
  assert.deepEqual(gateway.out, ["Nothing changed."]);
});

test("config rollback goes back to a revision; anything but a number is a usage fault", async () => {
  assert.equal(await gateway.run("config", "rollback", "3"), 0);
  assert.deepEqual(gateway.asked.at(-1)?.ifMatch, '"7"');
  assert.equal(gateway.out.at(-1), "3 changes; this is revision 8.");
  assert.equal((await refusal(gateway.run("config", "rollback", "x"))).code, "USAGE");
});

test("config revisions lists them with the first places that changed", async () => {
  const row: ConfigRevision = {
    n: 8,
    at: Date.now() - 300_000,
    by: "key:ci",
    source: "rest",
    changes: APPLIED.changes,
  };
  const changes = [...APPLIED.changes, ...APPLIED.changes];
  gateway.answers["GET /api/config/revisions?limit=5"] = ok({
    items: [
      { ...row, changes },
      { ...row, n: 7, source: "start", changes: [] },
    ],
  });
  assert.equal(await gateway.run("config", "revisions", "--limit", "5"), 0);
  const [head, newest, oldest] = gateway.out;
  assert.match(String(head), /^REVISION +WHEN +BY +SOURCE +CHANGES/);
  assert.match(
    String(newest),
    /^8 +5 min ago +key:ci +rest +omni2\.cache\.maxEntries, mcpServers\.web\.timeoutMs, mcp/,
  );
  assert.match(String(oldest), /^7 .*start +nothing that runs/);
  assert.equal((await refusal(gateway.run("config", "revisions", "--limit", "0"))).code, "USAGE");
});

test("a refused change ends with the gateway's fault, and its issues are told", async () => {
  const error = {
    code: "CONFIG_INVALID",
    message: "the change: 1 problem: a.b: wrong",
    issues: [{ path: "a.b", message: "wrong" }],
  };
  gateway.answers["PATCH /api/config"] = { status: 422, body: { error } };
  const fault = await refusal(gateway.run("config", "apply", await file({ omni2: {} })));
  assert.deepEqual([fault.code, fault.row.exit], ["CONFIG_INVALID", 4]);
  assert.match(fault.message, /a\.b: wrong/);
});
