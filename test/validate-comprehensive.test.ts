// Does `validate comprehensive` pass where all is well, go red where a part is broken on purpose, and leave nothing over?
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { validateComprehensive } from "../src/offline/validate/comprehensive.ts";
import { runToExit, until } from "./kit.ts";
import type { Meddling } from "./meddling-proxy.ts";
import { keeping, type Meddled, openMeddled } from "./validate-kit.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");

let meddled: Meddled;
before(async () => {
  meddled = await openMeddled();
});
after(() => meddled?.close());

const failuresIn = (text: string): string[] => text.split("\n").filter((line) => line.trim().startsWith("FAIL"));

const validateServers = async (): Promise<string[]> =>
  ((await meddled.gateway.api("GET", "/api/servers")).body as { items: { name: string }[] }).items
    .map(({ name }) => name)
    .filter((name) => name.startsWith("validate-"));

/** One round only: the second would say the same. */
async function oneRound(meddle: Meddling) {
  meddled.proxy.meddle = meddle;
  const control = new AbortController();
  const { terminal, text } = keeping((line) => {
    if (/^Round 1 of 2: \d/.test(line)) control.abort();
  });
  const code = await validateComprehensive(meddled.address, terminal, { json: false, signal: control.signal });
  return { code, text: text() };
}

test("passes twice on a gateway that is well, and leaves nothing over", async () => {
  const startedAt = performance.now();
  const { code, stdout, stderr } = await runToExit(["validate", "comprehensive", "--url", meddled.gateway.url], {
    OMNI2_ADMIN_TOKEN: meddled.gateway.token,
  });
  const text = stripVTControlCharacters(stdout);
  assert.deepEqual([code, stderr, failuresIn(text)], [0, "", []]);
  for (const round of [1, 2]) assert.match(text, new RegExp(`\nRound ${round} of 2: 100 % \\(19 of 19 checks\\)\n`));
  assert.match(text, /\n13\/13 sections, 100 % \(39 of 39 checks\)\n$/);
  // Far more than it takes, for a machine with other work.
  assert.ok(performance.now() - startedAt < 120_000);
  assert.deepEqual(await validateServers(), []);
});

test("every part that is broken fails its section, with what was expected and seen", async () => {
  const breakIt = (body: Record<string, unknown>): object => ({
    ...body,
    timeoutMs: 300,
    cache: { mode: "off" },
    breaker: { failures: 1_000, failureRatio: 1 },
  });
  const { code, text } = await oneRound({
    requests: { "POST /api/servers": breakIt },
    answers: { "GET /api/tools": () => '{"items":[]}' },
    swallowed: { test: /^DELETE \/api\/servers/, status: 204 },
  });
  assert.equal(code, 1);
  assert.match(
    text,
    /FAIL {2}their tools are listed over MCP and REST: expected tools over REST \["validate-.*, saw \[\]/,
  );
  assert.match(
    text,
    /FAIL {2}a repeated question .*: expected dispositions \["miss","hit"\], saw \["bypass","bypass"\]/,
  );
  assert.match(text, /FAIL {2}failures open the breaker.*: expected BREAKER_OPEN within 10 calls, saw /);
  assert.match(text, /FAIL {2}a call that takes too long is cut.*: expected no end before 2500 ms, saw \d+ ms/);
  assert.match(
    text,
    /FAIL {2}neither servers nor tools of them are left: expected what is left \[\], saw \["validate-/,
  );
  assert.match(text, /\n2\/7 sections, \d\d % /);
  for (const name of await validateServers()) await meddled.gateway.api("DELETE", `/api/servers/${name}`);
});

test("a live feed that falls silent is told, and the rest is looked at all the same", async () => {
  const { code, text } = await oneRound({ frames: "first" });
  assert.equal(code, 1);
  assert.match(text, /PASS {2}opens and begins with a snapshot/);
  assert.match(text, /FAIL {2}the live feed tells the outage in order: expected circuit open, .*, saw initial_status/);
  assert.match(text, /FAIL {2}mended, it comes back without help: not tried, because "the live feed tells/);
  assert.deepEqual(await validateServers(), []);
});

test("Ctrl-C ends it with 1, after it has removed what it had added", async () => {
  const args = [MAIN, "validate", "comprehensive", "--url", meddled.gateway.url];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, OMNI2_ADMIN_TOKEN: meddled.gateway.token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  await until("servers were added", async () => (await validateServers()).length === 3);
  child.kill("SIGINT");
  assert.equal(await ended, 1, text);
  assert.match(text, /an interruption|because interrupted/);
  assert.deepEqual(await validateServers(), []);
});

test("a token that is not the admin's, and a gateway on another machine, are told before anything is added", async () => {
  const { code, stdout } = await runToExit(["validate", "comprehensive", "--url", meddled.gateway.url], {
    OMNI2_ADMIN_TOKEN: "wrong-token-wrong-token",
  });
  assert.equal(code, 1);
  assert.match(stdout, /answers, and lets an admin in: expected no error, saw HTTP 401/);
  const elsewhere = await runToExit(["validate", "comprehensive", "--url", "https://gateway.example"]);
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /brings MCP servers up on this machine's loopback/);
});
