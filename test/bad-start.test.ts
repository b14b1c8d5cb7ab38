// What happens when the gateway cannot start, or its configuration breaks while it runs? One clear line and the right exit
// code, and nothing else left behind; a running gateway keeps what it has.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { type GatewayOptions, runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { upstreamFile } from "./upstreams/start.ts";

const SERVER = { command: process.execPath, args: [upstreamFile("echo.ts")] };
const UNSET = "OMNI2_TEST_UNSET_VARIABLE";

interface Place {
  readonly folder: string;
  readonly file: string;
  readonly data: string;
  /** Runs the gateway on this place until it exits by itself. */
  run(...more: string[]): ReturnType<typeof runToExit>;
  /** A gateway on this place that is stopped before the place is removed. */
  start(servers: GatewayOptions["servers"]): Promise<TestGateway>;
}

async function placeWith(t: TestContext, text: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-start-"));
  let running: TestGateway | undefined;
  t.after(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const file = join(folder, "omni2.json");
  const data = join(folder, "data");
  await writeFile(file, text);
  const args = ["--config", file, "--data-dir", data, "--log-format", "json"];
  return {
    folder,
    file,
    data,
    run: (...more) => runToExit([...args, ...(more.length > 0 ? more : ["--port", "0"])]),
    async start(servers) {
      running = await startGateway({ servers, folder });
      return running;
    },
  };
}

/** One line on standard error for people; the log on standard output tells of no trouble. */
function assertOneLine({ stderr, stdout }: { stderr: string; stdout: string }, words: RegExp): void {
  assert.match(stderr, /^omni2: [^\n]+\n$/);
  assert.match(stderr, words);
  assert.doesNotMatch(stdout, /"level":"(?:warn|error|fatal)"|TypeError|ExperimentalWarning/);
}

const BROKEN: [title: string, text: string, words: RegExp][] = [
  ["a syntax error", '{ "mcpServers": { "a": } }', /omni2\.json:1:24: .* a value expected/],
  [
    "an unknown type",
    '{"mcpServers":{"a":{"type":"pigeon","url":"http://x"}}}',
    /mcpServers\.a\.type: expected one of/,
  ],
  [
    "an unset variable",
    `{"mcpServers":{"a":{"command":"x","args":["\${${UNSET}}"]}}}`,
    new RegExp(`mcpServers\\.a\\.args\\.0: the variable ${UNSET} is not set; set it, or write`),
  ],
  [
    "a name written twice",
    '{"mcpServers":{"a":{"command":"x"},"a":{"command":"y"}}}',
    /mcpServers\.a: written twice.*keep one/,
  ],
  [
    "two names with one slug",
    '{"mcpServers":{"a b":{"command":"x"},"a-b":{"command":"y"}}}',
    /"a-b" is taken.*rename one/,
  ],
  [
    "the separator in a name",
    '{"mcpServers":{"a__b":{"command":"x"}}}',
    /mcpServers\.a__b: '__' separates.*use a single/,
  ],
  ["an empty file", "", /a value expected/],
  ["a list", "[]", /expected an object such as/],
  ["100,000 open brackets", "[".repeat(100_000), /nested deeper than 128 levels/],
];
describe("a start with a broken configuration", () => {
  for (const [title, text, words] of BROKEN) {
    test(`${title}: one line, exit code 4, and no data directory`, async (t) => {
      const place = await placeWith(t, text);
      const ended = await place.run();
      assert.equal(ended.code, 4, ended.stderr);
      assertOneLine(ended, words);
      assert.deepEqual(await readdir(place.folder), ["omni2.json"]);
    });
  }

  test("a file that is not there: one line, exit code 4", async (t) => {
    const place = await placeWith(t, "{}");
    const ended = await runToExit(["--config", join(place.folder, "no.json"), "--data-dir", place.data, "--port", "0"]);
    assert.equal(ended.code, 4);
    assertOneLine({ ...ended, stdout: "" }, /there is no such file; name another with --config/);
  });
});

const USAGE: [args: string[], words: RegExp][] = [
  [["--frob"], /unknown flag --frob/],
  [["--port", "70000"], /--port must be a port, 0 to 65535/],
  [["--host", "0.0.0.0"], /opens the gateway to the network without access control/],
  [["--admin-token", "short"], /--admin-token must have/],
  [["--log-level", "loud"], /--log-level must be one of/],
];
for (const [args, words] of USAGE) {
  test(`${args.join(" ")} is refused as usage, before anything is opened`, async (t) => {
    const place = await placeWith(t, "{}");
    const ended = await place.run(...args);
    assert.equal(ended.code, 2, ended.stderr);
    assertOneLine(ended, words);
    assert.deepEqual(await readdir(place.folder), ["omni2.json"]);
  });
}

test("a port that is taken: one line, exit code 3, and the next start still shows the login link", async (t) => {
  const place = await placeWith(t, JSON.stringify({ mcpServers: { echo: SERVER } }));
  const holder = createServer().listen(0, "127.0.0.1");
  t.after(() => holder.close());
  await new Promise((resolve) => holder.once("listening", resolve));
  const { port } = holder.address() as { port: number };
  const ended = await place.run("--port", String(port));
  assert.equal(ended.code, 3, ended.stderr);
  assertOneLine(ended, new RegExp(`Another process listens on 127\\.0\\.0\\.1:${port}\\. Stop .* or choose another`));
  const gateway = await place.start({});
  assert.ok(gateway.lines.some(({ msg }) => msg.includes(`${gateway.url}/#token=${gateway.token}`)));
});

test("a data directory that is held: one line that names the holder, exit code 3, and the holder goes on", async (t) => {
  const place = await placeWith(t, "{}");
  const holder = await place.start({});
  const token = await stat(join(place.data, "admin-token"));
  const ended = await place.run();
  assert.equal(ended.code, 3, ended.stderr);
  assertOneLine(ended, new RegExp(`is held by the gateway with pid ${holder.pid} .* another --data-dir`));
  assert.equal((await holder.api("GET", "/health")).status, 200);
  assert.equal((await stat(join(place.data, "admin-token"))).ino, token.ino);
});

test("a configuration that breaks while the gateway runs changes nothing and is told in one line", async (t) => {
  const place = await placeWith(t, "{}");
  const gateway = await place.start({ echo: SERVER });
  const before = await gateway.server("echo");
  const told = (): readonly string[] => gateway.lines.filter(({ level }) => level === "error").map(({ msg }) => msg);
  for (const [index, [, text, words]] of BROKEN.slice(0, 6).entries()) {
    // As editors do it: nobody sees half of it.
    await writeFile(`${place.file}.new`, text);
    await rename(`${place.file}.new`, place.file);
    await until(`the breakage was told (${text})`, () => told().length > index);
    assert.match(told()[index] ?? "", /^the old configuration stays: /);
    assert.match(told()[index] ?? "", words);
  }
  assert.equal(told().length, 6);
  const { pid, status, link } = await gateway.server("echo");
  assert.deepEqual({ pid, status, link }, { pid: before.pid, status: "up", link: "connected" });
  await gateway.configure({ mcpServers: { echo: SERVER, second: SERVER } });
  await until("the repaired file is taken up", async () => (await gateway.server("second")).status === "up");
  assert.equal((await gateway.server("echo")).pid, before.pid);
});
