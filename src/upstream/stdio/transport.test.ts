import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import type { SideMessage } from "#upstream/transport.ts";
import { ask, faultOf, hear, request, started, until } from "./stdio.fixture.ts";

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
