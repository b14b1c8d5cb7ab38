import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { Fault, isFault } from "#contract/fault.ts";
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { createStdioTransport, type StdioOptions } from "./stdio.ts";
import type { Exchange, SideMessage, UpstreamTransport } from "./transport.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const scripted = join(root, "test/upstreams/stdio-scripted.ts");
const folder = mkdtempSync(join(tmpdir(), "omni2-stdio-"));
const open: UpstreamTransport[] = [];
let lastId = 0;

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});
after(() => rmSync(folder, { recursive: true }));

function create(more: Partial<StdioOptions> = {}): UpstreamTransport {
  const transport = createStdioTransport({
    name: "scripted",
    command: "node",
    args: [scripted],
    env: {},
    cwd: root,
    world: systemWorld,
    log: silentLog,
    ...more,
  });
  open.push(transport);
  return transport;
}

async function started(more: Partial<StdioOptions> = {}): Promise<UpstreamTransport> {
  const transport = create(more);
  await transport.start();
  return transport;
}

function request(method: string, params: object = {}, more: Partial<Exchange> = {}): Exchange {
  const id = `o2-${++lastId}`;
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  return { id, method, body, signal: new AbortController().signal, ...more };
}

/** Makes the server write exactly this, then waits until a later echo has come back. */
async function hear(transport: UpstreamTransport, text: string | Buffer): Promise<void> {
  void transport.exchange(request("raw", { base64: Buffer.from(text).toString("base64") })).catch(() => {});
  await ask(transport, "echo");
}

async function ask(
  transport: UpstreamTransport,
  method: string,
  params: object = {},
): Promise<Record<string, unknown>> {
  const { bytes } = await transport.exchange(request(method, params));
  return JSON.parse(bytes.toString()).result;
}

const until = async (what: () => boolean, withinMs = 5000): Promise<void> => {
  for (const end = performance.now() + withinMs; !what(); ) {
    assert.ok(performance.now() < end, `not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
const closed = (transport: UpstreamTransport) => until(() => transport.closeReason !== undefined);
const faultOf = (code: string) => (error: unknown) => isFault(error) && error.code === code;

test("an exchange resolves with the reply's own bytes and their scan", async () => {
  const transport = await started();
  const { bytes, scan } = await transport.exchange(request("echo", { text: "grüße\n" }));
  assert.equal(scan.kind, "result");
  assert.deepEqual(JSON.parse(bytes.toString("utf8", scan.start, scan.end)), { text: "grüße\n" });
});

test("200 exchanges that are answered out of order each get their own reply", async () => {
  const transport = await started();
  const answers = Array.from({ length: 200 }, (_, n) => ask(transport, "later", { n, delayMs: ((n * 7) % 10) * 5 }));
  assert.deepEqual(
    (await Promise.all(answers)).map(({ n }) => n),
    Array.from({ length: 200 }, (_, n) => n),
  );
  assert.equal(transport.dropped, 0);
});

test("a reply of 3 MiB passes", async () => {
  const transport = await started();
  const text = "x".repeat(3 * 1024 * 1024);
  assert.equal((await ask(transport, "echo", { text })).text, text);
});

test("garbage lines are dropped and counted, and real replies are still matched", async () => {
  const transport = await started();
  await hear(transport, 'starting up...\n\u001b[31mred\u001b[0m\n{"half":\n[1]\nnull\n\0\n\n\r\n');
  assert.equal(transport.dropped, 6);
  await hear(transport, Buffer.from([0xff, 0xfe, 0x0a]));
  await hear(transport, '{"jsonrpc":"1.0","method":"x"}\n{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}\n');
  assert.equal(transport.dropped, 9);
});

test("CRLF, a byte order mark and several messages in one write are understood", async () => {
  const transport = await started();
  const heard: string[] = [];
  transport.onmessage = (message) => heard.push((message as { method: string }).method);
  await hear(transport, '\uFEFF{"jsonrpc":"2.0","method":"a"}\r\n{"jsonrpc":"2.0","method":"b"}\n');
  assert.deepEqual(heard, ["a", "b"]);
});

test("only exact ids reach the SDK or an exchange; unknown, duplicate and late replies are dropped", async () => {
  const transport = await started();
  const heard: unknown[] = [];
  transport.onmessage = (message) => heard.push((message as { id: unknown }).id);
  await transport.send({ jsonrpc: "2.0", id: 1, method: "silent" });
  const reply = (id: string) => `{"jsonrpc":"2.0","id":${id},"result":{}}\n`;
  await hear(
    transport,
    ['"1"', '" 1"', '"0x1"', '""', "2", "null", "1.5", '"o2-999999"', "1", "1"].map(reply).join(""),
  );
  assert.deepEqual(heard, [1]);
  assert.equal(transport.dropped, 9);
});

test("an unusable reply to an exchange ends it with UPSTREAM_PROTOCOL", async () => {
  const transport = await started();
  const endings = ['"result":{},"error":{}}', '"neither":1}', `"result":${"[".repeat(200)}${"]".repeat(200)}}`];
  for (const ending of endings) {
    const waiting = request("silent");
    const answer = transport.exchange(waiting);
    await Promise.all([
      assert.rejects(answer, faultOf("UPSTREAM_PROTOCOL")),
      hear(transport, `{"jsonrpc":"2.0","id":"${waiting.id}",${ending}\n`),
    ]);
  }
});

test("progress with our token goes to its exchange only; the rest goes to the SDK", async () => {
  const transport = await started();
  const heard: unknown[] = [];
  const mine: SideMessage[] = [];
  transport.onmessage = (message) => heard.push(message);
  await transport.exchange(request("progress", {}, { onMessage: (message) => mine.push(message) }));
  assert.deepEqual(
    mine.map(({ method, params }) => [method, params.progress]),
    [["notifications/progress", 1]],
  );
  await hear(transport, '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7}}\n');
  assert.equal(heard.length, 1);
});

test("a receiver that throws neither stops later lines nor the process", async () => {
  const transport = await started();
  const errors: Error[] = [];
  transport.onerror = (error) => errors.push(error);
  transport.onmessage = () => {
    throw new Error("bug");
  };
  await hear(transport, '{"jsonrpc":"2.0","method":"a"}\n{"jsonrpc":"2.0","method":"b"}\n');
  assert.equal(errors.length, 2);
});

test("an abort rejects at once with the signal's reason, and the late reply is dropped", async () => {
  const transport = await started();
  const abort = new AbortController();
  const answer = transport.exchange(request("later", { n: 1, delayMs: 50 }, { signal: abort.signal }));
  const reason = new Fault("CANCELLED", "enough");
  abort.abort(reason);
  await assert.rejects(answer, (error) => error === reason);
  await until(() => transport.dropped === 1);
  const quiet = new AbortController();
  await transport.exchange(request("echo", {}, { signal: quiet.signal }));
  assert.equal(getEventListeners(quiet.signal, "abort").length, 0, "a settled exchange leaves no listener behind");
  await assert.rejects(transport.exchange(request("echo", {}, { signal: abort.signal })), (error) => error === reason);
});

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
  process.env.OMNI2_ADMIN_TOKEN = "gateway-secret";
  process.env.DATABASE_URL = "gateway-secret";
  const transport = await started({ env: { OWN: "yes", "odd.name": "kept" } });
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
