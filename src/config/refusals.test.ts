import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConfigPatch } from "#contract/change.ts";
import { faultOf, withConfig } from "./bench.fixture.ts";
import { FILE, files, send } from "./changes.fixture.ts";

const REFUSED: readonly [title: string, patch: ConfigPatch, code: string, said: RegExp][] = [
  [
    "the command of a file's server",
    files({ command: "sh" }),
    "FORBIDDEN",
    /"files" is defined in .*omni2\.json:1; its `command` can only be changed there/,
  ],
  ["the variables of a file's server", files({ env: { A: "b" } }), "FORBIDDEN", /its `env` can only/],
  ["whether a file's server runs", files({ enabled: false }), "FORBIDDEN", /use disable and enable/],
  [
    "who may do what",
    { omni2: { access: { allowCommands: true } } },
    "FORBIDDEN",
    /`omni2\.access` can only be changed in a file, such as .*omni2\.json/,
  ],
  ["fault injection", { omni2: { chaos: { enabled: true } } }, "FORBIDDEN", /`omni2\.chaos`/],
  ["a command over REST", { mcpServers: { n: { command: "sh" } } }, "FORBIDDEN", /command of this machine/],
  ["a value out of bounds", files({ timeoutMs: 0 }), "CONFIG_INVALID", /mcpServers\.files\.timeoutMs: Too small/],
  [
    "a field that nobody knows",
    files({ cache: { ttlM: 5 } }),
    "CONFIG_INVALID",
    /mcpServers\.files\.cache\.ttlM: unknown field; did you mean `ttlMs`/,
  ],
  [
    "a setting that nobody knows",
    { omni2: { cach: { ttlMs: 1 } } },
    "CONFIG_INVALID",
    /omni2\.cach: unknown field; did you mean `cache`/,
  ],
  [
    "tuning of a server that is not there",
    { mcpServers: { filse: { timeoutMs: 5 } } },
    "CONFIG_INVALID",
    /mcpServers\.filse: no file defines this server/,
  ],
  [
    "a server that is not valid",
    { mcpServers: { n: { url: "ftp://h/" } } },
    "CONFIG_INVALID",
    /mcpServers\.n\.url: is not an http or https address/,
  ],
  [
    "a secret that is not kept",
    { mcpServers: { n: { url: "https://h/", headers: { A: "[redacted]" } } } },
    "CONFIG_INVALID",
    /mcpServers\.n\.headers\.A: `\[redacted\]` stands for/,
  ],
];

for (const [title, patch, code, said] of REFUSED) {
  test(`refused, and nothing changes: ${title}`, async () => {
    await withConfig(FILE, async (bench) => {
      const before = JSON.stringify(bench.config.shown());
      const fault = await faultOf(send(bench, { ...patch, omni2: { hideAfterMs: 5, ...patch.omni2 } }));
      assert.equal(fault.code, code);
      assert.match(fault.message, said);
      assert.equal(JSON.stringify(bench.config.shown()), before);
      assert.deepEqual([bench.told.length, bench.kept.revisions.length], [1, 1], "only the start");
    });
  });
}

test("all problems of a change are told together, each with its place", async () => {
  await withConfig(FILE, async (bench) => {
    const fault = await faultOf(
      send(bench, { mcpServers: { files: { timeoutMs: 0 }, n: { url: 5 } }, omni2: { meta: 1 } }),
    );
    const { issues } = fault.data as { issues: { path: string }[] };
    assert.deepEqual(issues.map(({ path }) => path).sort(), [
      "mcpServers.files.timeoutMs",
      "mcpServers.n.url",
      "omni2.meta",
    ]);
  });
});
