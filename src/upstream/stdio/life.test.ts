import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "@modelcontextprotocol/client";
import { type Fault, isFault } from "#contract/fault.ts";
import { ask, closed, create, faultOf, folder, request, root, started, until } from "./stdio.fixture.ts";
import type { StdioOptions } from "./transport.ts";

test("a message over 4 MiB ends the link with a reason, without waiting for its end", async () => {
  const transport = await started();
  const base64 = Buffer.alloc(5 * 1024 * 1024, 0x61).toString("base64");
  await assert.rejects(transport.exchange(request("raw", { base64 })), faultOf("OUTCOME_UNKNOWN"));
  await closed(transport);
  assert.match(transport.closeReason?.message ?? "", /more than 4 MiB/);
});

test("a server that exits fails what was sent with OUTCOME_UNKNOWN, and later calls with UPSTREAM_UNAVAILABLE", async () => {
  const transport = await started();
  let closes = 0;
  transport.onclose = () => closes++;
  await ask(transport, "echo");
  await assert.rejects(
    transport.exchange(request("exit", { code: 3 })),
    (error) =>
      isFault(error, "OUTCOME_UNKNOWN") && /"scripted".*exit was sent.*may have taken effect/.test(error.message),
  );
  assert.deepEqual(transport.closeReason, {
    stage: "call",
    message: "process exited with code 3",
    exitCode: 3,
    exitSignal: null,
  });
  await assert.rejects(transport.exchange(request("echo")), faultOf("UPSTREAM_UNAVAILABLE"));
  await assert.rejects(transport.send({ jsonrpc: "2.0", method: "x" }), faultOf("UPSTREAM_UNAVAILABLE"));
  transport.notify("notifications/cancelled", {});
  await transport.close();
  assert.equal(closes, 1);
  assert.equal(transport.childPid, null);
});

test("what a server said before it exited is still delivered", async () => {
  const transport = await started();
  const waiting = request("silent");
  const answer = transport.exchange(waiting);
  const base64 = Buffer.from(`{"jsonrpc":"2.0","id":"${waiting.id}","result":{"last":"words"}}\n`).toString("base64");
  transport.exchange(request("raw", { base64 })).catch(() => {});
  transport.exchange(request("exit", { code: 0 })).catch(() => {});
  assert.match((await answer).bytes.toString(), /last.*words/);
  await closed(transport);
});

test("kill -9 of the server's own process id is noticed within 200 ms", async () => {
  const transport = await started();
  await ask(transport, "echo");
  const pid = transport.childPid ?? 0;
  const killedAt = performance.now();
  process.kill(pid, "SIGKILL");
  await closed(transport);
  const tookMs = performance.now() - killedAt;
  assert.ok(tookMs < 200, `took ${tookMs} ms`);
  assert.equal(transport.closeReason?.message, "process exited with signal SIGKILL");
  assert.equal(transport.closeReason?.exitSignal, "SIGKILL");
});

test("what cannot be started says which command and what to check, and no environment value", async () => {
  const plain = join(folder, "plain.txt");
  writeFileSync(plain, "");
  chmodSync(plain, 0o644);
  const cases: [Partial<StdioOptions>, RegExp][] = [
    [{ command: "no-such-command" }, /command "no-such-command" was not found in PATH/],
    [{ command: "./no/such/file" }, /no\/such\/file does not exist/],
    [{ command: plain }, /plain\.txt may not be executed/],
    [{ command: folder }, /may not be executed/],
    [{ cwd: join(folder, "gone") }, /working directory .*gone does not exist/],
    [{ args: ["x".repeat(3_000_000)] }, /refused to start it: E2BIG/],
  ];
  for (const [more, words] of cases) {
    const transport = create({ ...more, env: { API_KEY: "hunter22" } });
    let closes = 0;
    transport.onclose = () => closes++;
    await assert.rejects(
      transport.start(),
      (error) => isFault(error, "UPSTREAM_UNAVAILABLE") && words.test(error.message),
    );
    assert.equal(transport.closeReason?.stage, "start");
    assert.match(transport.closeReason?.message ?? "", words);
    assert.doesNotMatch(transport.closeReason?.message ?? "", /hunter22/);
    assert.equal(closes, 1);
    await transport.close();
  }
});

test("the server gets an allow-list of the gateway's environment and its own variables", async () => {
  const secrets = { OMNI2_ADMIN_TOKEN: "gateway-secret", DATABASE_URL: "gateway-secret" };
  const transport = await started({
    env: { OWN: "yes", "odd.name": "kept" },
    inherited: { ...process.env, ...secrets },
  });
  const env = await ask(transport, "environment");
  assert.equal(env.OWN, "yes");
  assert.equal(env["odd.name"], "kept");
  assert.equal(env.HOME, process.env.HOME);
  assert.match(String(env.PATH), /^[^:]*\/node_modules\/\.bin:/);
  assert.equal(JSON.stringify(env).includes("gateway-secret"), false);
  assert.deepEqual(
    Object.keys(env).filter((name) => name.startsWith("OMNI2_")),
    ["OMNI2_OWNER"],
  );
});

test("a server that reads nothing: memory is bounded, calls are refused, and unsent calls are known to be unsent", async () => {
  const transport = await started();
  await ask(transport, "deaf");
  const pid = transport.childPid ?? 0;
  const text = "x".repeat(1024 * 1024);
  const outcomes = Array.from({ length: 12 }, () =>
    transport.exchange(request("echo", { text })).then(
      () => "answered",
      (error: Fault) => error.code,
    ),
  );
  process.kill(pid, "SIGKILL");
  const codes = await Promise.all(outcomes);
  assert.equal(codes[0], "OUTCOME_UNKNOWN");
  assert.ok(codes.includes("UPSTREAM_UNAVAILABLE") && codes.includes("OVERLOADED"), codes.join());
  assert.equal(codes.filter((code) => code === "OUTCOME_UNKNOWN").length, 1);
});

test("20 MB of standard error neither block the server nor stay in memory, and secrets are covered", async () => {
  const transport = await started({ env: { MY_TOKEN: "s3cret-value" } });
  const line = `\u001b[31m${"y".repeat(80)} s3cret-value \n`;
  await transport.exchange(request("complain", { bytes: 20_000_000, line }));
  await transport.exchange(request("complain", { bytes: 1, line: `${"z".repeat(5000)}\n` }));
  await until(() => transport.stderrTail().at(-1)?.startsWith("zzz") === true);
  const tail = transport.stderrTail();
  const bytes = tail.join("").length;
  assert.ok(bytes <= 64 * 1024 && bytes > 30 * 1024, `${bytes} bytes kept`);
  assert.ok(tail.every((kept) => kept.length <= 2048 + 6));
  assert.ok(!tail.join("").includes("s3cret-value") && !tail.join("").includes("\u001b"));
});

test("a link that is closed before, during or long after its start closes once and leaves nothing", async () => {
  const before = create();
  await before.close();
  await assert.rejects(before.start(), faultOf("UPSTREAM_UNAVAILABLE"));
  const during = create();
  const start = assert.rejects(during.start(), faultOf("UPSTREAM_UNAVAILABLE"));
  await Promise.all([during.close(), during.close(), start]);
  assert.equal(during.closeReason?.message, "closed by the gateway");
  const long = await started();
  await ask(long, "echo");
  const closingAt = performance.now();
  await Promise.all([long.close(), long.close()]);
  assert.ok(performance.now() - closingAt < 1500, "a server that ends with its input is not waited for");
  assert.equal(long.closeReason?.exitCode, undefined);
});

for (const [server, path] of [
  ["server-everything", "node_modules/@modelcontextprotocol/server-everything/dist/index.js"],
  ["server-memory", "node_modules/@modelcontextprotocol/server-memory/dist/index.js"],
] as const) {
  test(`the SDK's client negotiates with ${server} in place and lists its tools`, async () => {
    const transport = create({ args: [join(root, path)], env: { MEMORY_FILE_PATH: join(folder, "memory.jsonl") } });
    const versionNegotiation = { mode: "auto", probe: { timeoutMs: 10_000 } } as const;
    const client = new Client({ name: "test", version: "1" }, { versionNegotiation });
    await client.connect(transport);
    assert.equal(client.getProtocolEra(), "legacy");
    assert.ok((await client.listTools()).tools.length > 3);
    assert.ok(((await ask(transport, "tools/list")).tools as unknown[]).length > 3);
    await client.close();
    assert.equal(transport.closeReason?.message, "closed by the gateway");
    assert.equal(transport.dropped, 0);
  });
}

test("a server that exits on the version probe leaves a reason that says so", async () => {
  const script = "process.stdin.once('data', () => process.exit(4))";
  const transport = create({ args: ["-e", script] });
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await assert.rejects(client.connect(transport));
  assert.deepEqual([transport.closeReason?.stage, transport.closeReason?.exitCode], ["probe", 4]);
});
