import assert from "node:assert/strict";
import { test } from "node:test";
import { replyOf } from "#calls/call.fixture.ts";
import { Fault, type FaultDetails } from "#contract/fault.ts";
import { settle } from "#lib/hand-world.ts";
import { Stage, type StageOptions, textReply } from "./stage.fixture.ts";

const WRITES = { readOnlyHint: false };
const withWriter = (more: StageOptions = {}): Stage =>
  new Stage({ annotations: { write: WRITES, unknown: undefined }, ...more });

const kept = (stage: Stage): number => stage.cache.counts().entries;

test("a call that writes empties its server before it begins and after it ends", async () => {
  const stage = withWriter();
  await stage.ask();
  stage.answers = undefined;
  const write = stage.start({ tool: "write" });
  assert.equal(kept(stage), 0);
  stage.answers = () => textReply("meanwhile");
  await stage.ask();
  assert.equal(kept(stage), 1);
  stage.held[0]?.answer(textReply("written"));
  await write.reply;
  assert.equal(kept(stage), 0, "it may have been read before the change");
  assert.deepEqual(
    stage.cache.dropped,
    [1, 1].map((removed) => ({ server: "files", reason: "write", removed })),
  );
});

test("what is asked before a write and answered during or after it is not kept", async () => {
  const stage = withWriter();
  stage.answers = undefined;
  const [during, after] = [stage.start(), stage.start({ arguments: { path: "y" } })];
  const write = stage.start({ tool: "write" });
  stage.held[0]?.answer(textReply("during"));
  await during.reply;
  stage.held[2]?.answer(textReply("written"));
  await write.reply;
  stage.held[1]?.answer(textReply("after"));
  await after.reply;
  assert.equal(kept(stage), 0);
  assert.deepEqual(stage.cache.counts().refused, { invalidated: 2 });
});

test("a write that fails empties as well, for it may have done half of its work", async () => {
  const stage = withWriter();
  stage.answers = undefined;
  const write = stage.start({ tool: "write" });
  stage.answers = () => textReply("read");
  await stage.ask();
  stage.held[0]?.fail(new Fault("UPSTREAM_UNAVAILABLE", "away"));
  await assert.rejects(write.reply);
  assert.equal(kept(stage), 0);
});

const WRITERS: [title: string, options: StageOptions, tool: string, empties: boolean][] = [
  ["that says that it writes", {}, "write", true],
  ["that says nothing", {}, "unknown", true],
  ["that says that it reads", {}, "find", false],
  ["with a rule to keep it", { cache: { tools: [{ pattern: "unknown", rule: RULE() }] } }, "unknown", false],
  ["that writes and is swept in by a pattern", { cache: { tools: [{ pattern: "wr*", rule: RULE() }] } }, "write", true],
  [
    "that writes though its exact rule keeps it",
    { cache: { tools: [{ pattern: "write", rule: RULE() }] } },
    "write",
    false,
  ],
  ["that reads and is turned off", { cache: { tools: [{ pattern: "find", rule: "off" }] } }, "find", false],
  ["that writes where writes are told not to empty", { cache: { invalidateOnWrite: false } }, "write", false],
];
for (const [title, options, tool, empties] of WRITERS) {
  test(`a tool ${title} ${empties ? "empties its server" : "leaves what is kept"}`, async () => {
    const stage = withWriter(options);
    await stage.ask();
    await stage.ask({ tool });
    assert.equal((await stage.ask()).call.disposition, empties ? "miss" : "hit");
  });
}
function RULE() {
  return { ttlMs: 1_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" as const };
}

test("on a server that is not trusted, too, a tool that says that it only reads empties nothing; one that says nothing does", async () => {
  const cache = { tools: [{ pattern: "read", rule: RULE() }] };
  const stage = new Stage({ trusted: false, cache, annotations: { silent: undefined } });
  await stage.ask();
  await stage.ask({ tool: "find" });
  assert.equal(kept(stage), 1);
  await stage.ask({ tool: "silent" });
  assert.equal(kept(stage), 0);
});

test("a write empties no other server", async () => {
  const stage = withWriter();
  await stage.ask();
  const { definition } = stage;
  stage.definition = { ...definition, name: "search" };
  stage.tool("write");
  await stage.ask({ tool: "write" });
  stage.definition = definition;
  assert.equal((await stage.ask()).call.disposition, "hit");
});

test("resources that were read go with a write too", async () => {
  const stage = withWriter();
  stage.answers = () => replyOf({ result: { contents: [], ttlMs: 1_000 } });
  await stage.ask({ uri: "file:///x" });
  assert.equal(kept(stage), 1);
  await stage.ask({ tool: "write" });
  assert.equal(kept(stage), 0);
});

const IN_DOUBT: [code: ConstructorParameters<typeof Fault>[0], details: FaultDetails, doubt: boolean][] = [
  ["OUTCOME_UNKNOWN", {}, true],
  ["UPSTREAM_TIMEOUT", {}, true],
  ["DEADLINE_EXCEEDED", {}, true],
  ["CANCELLED", {}, true],
  ["UPSTREAM_UNAVAILABLE", { circumstance: { sent: true, status: 504 } }, true],
  ["UPSTREAM_UNAVAILABLE", {}, false],
  ["BREAKER_OPEN", {}, false],
  ["UPSTREAM_AUTH", {}, false],
];
for (const [code, details, doubt] of IN_DOUBT) {
  const sent = details.circumstance === undefined ? "" : " after it was sent";
  test(`after a write that ended in ${code}${sent} ${doubt ? "nothing is kept until it can no longer take effect" : "reads are kept at once"}`, async () => {
    const stage = withWriter();
    const { answers } = stage;
    stage.answers = () => Promise.reject(new Fault(code, "it failed", details));
    await assert.rejects(stage.ask({ tool: "write", timeoutMs: 2_000 }));
    stage.answers = answers;
    await stage.ask();
    assert.equal(kept(stage), doubt ? 0 : 1);
    stage.world.advance(1_999);
    await stage.ask();
    assert.equal(kept(stage), doubt ? 0 : 1);
    stage.world.advance(1);
    await stage.ask();
    assert.equal(kept(stage), 1);
  });
}

test("a write that never reached its server is in no doubt", async () => {
  const stage = withWriter();
  const { answers } = stage;
  stage.answers = (call) => {
    call.attempts = 0;
    return Promise.reject(new Fault("CANCELLED", "The caller went away."));
  };
  await assert.rejects(stage.ask({ tool: "write" }));
  stage.answers = answers;
  await stage.ask();
  assert.equal(kept(stage), 1);
});

test("a later write with a shorter limit does not end the doubt about an earlier one", async () => {
  const stage = withWriter();
  const { answers } = stage;
  stage.answers = () => Promise.reject(new Fault("OUTCOME_UNKNOWN", "lost"));
  await assert.rejects(stage.ask({ tool: "write", timeoutMs: 2_000 }));
  await assert.rejects(stage.ask({ tool: "write", timeoutMs: 100 }));
  stage.answers = answers;
  stage.world.advance(500);
  await stage.ask();
  assert.equal(kept(stage), 0);
});

test("whoever asks while a write runs does not join a question from before it", async () => {
  const stage = withWriter();
  stage.answers = undefined;
  stage.start();
  const write = stage.start({ tool: "write" });
  stage.start();
  assert.equal(stage.held.length, 3);
  stage.held[1]?.answer(textReply("written"));
  await write.reply;
  const last = stage.start();
  assert.equal(stage.held.length, 4);
  for (const held of stage.held) held.answer(textReply("x"));
  await last.reply;
  await settle();
  assert.equal(kept(stage), 1, "only the answer to what was asked after the write");
});

test("in shadow mode a write empties nothing and tells nobody", async () => {
  const stage = withWriter({ cache: { mode: "shadow" } });
  await stage.ask();
  await stage.ask({ tool: "write" });
  assert.deepEqual(stage.cache.dropped, []);
});
