// What if the gateway's log cannot be written? On a full disk, without a reader, or with one that stands still: everything else
// goes on as ever.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, existsSync, openSync, writeSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "./kit.ts";
import { stdio } from "./recovery-kit.ts";

const MAIN = resolve(import.meta.dirname, "../src/main.ts");
const ROUNDS = 10;

type Place = number | "pipe" | "ignore";
/** Where standard output and standard error go. */
type Output = (folder: string, t: TestContext) => readonly [Place, Place];

const fullDisk: Output = (_folder, t) => {
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  return [full, full];
};

const closedPipe: Output = () => ["pipe", "pipe"];

/** A pipe that is full, with a reader that never reads. */
const standingReader: Output = (folder, t) => {
  const path = join(folder, "log.fifo");
  execFileSync("mkfifo", [path]);
  const fifo = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => closeSync(fifo));
  assert.throws(
    () => {
      for (;;) writeSync(fifo, "x".repeat(4_096));
    },
    { code: "EAGAIN" },
  );
  return [fifo, "ignore"];
};

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });

interface Silent {
  readonly child: ChildProcess;
  readonly ask: (method: string, path: string, body?: object) => Promise<{ status: number; text: string }>;
}

async function start(t: TestContext, output: Output, format: string): Promise<Silent> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-log-"));
  const config = join(folder, "omni2.json");
  await writeFile(config, JSON.stringify({ mcpServers: { echo: stdio("echo.ts") } }));
  const port = await freePort();
  const flags = `--port ${port} --log-format ${format} --log-level debug`.split(" ");
  const child = spawn(process.execPath, [MAIN, ...flags, "--data-dir", join(folder, "data"), "--config", config], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", ...output(folder, t)],
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  t.after(async () => {
    if (child.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await until("it is ready", async () => {
    assert.equal(child.exitCode, null, "it has ended");
    return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok;
  });
  const authorization = `Bearer ${(await readFile(join(folder, "data/admin-token"), "utf8")).trim()}`;
  return {
    child,
    async ask(method, path, body) {
      const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
      const request = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await fetch(url + path, request);
      return { status: answer.status, text: await answer.text() };
    },
  };
}

for (const [what, output, format] of [
  ["the disk is full", fullDisk, "json"],
  ["its reader has gone", closedPipe, "pretty"],
  ["its reader stands still", standingReader, "json"],
] as const satisfies readonly (readonly [string, Output, string])[]) {
  const title = `${what}, ${format}: people and clients are answered, and the gateway stops as ever`;
  test(title, { skip: existsSync("/dev/full") ? false : "no /dev/full here" }, async (t) => {
    const { child, ask } = await start(t, output, format);
    for (let round = 1; round <= ROUNDS; round++) {
      for (const verb of ["disable", "enable"]) {
        const { status, text } = await ask("POST", `/api/servers/echo/${verb}`);
        assert.equal(status, 200, text);
      }
    }
    await until("it is up again", async () => (await ask("GET", "/api/servers/echo")).text.includes('"status":"up"'));
    const call = { server: "echo", tool: "echo", arguments: { message: "still here" } };
    const { status, text } = await ask("POST", "/api/tools/call", call);
    assert.equal(status, 200, text);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  });
}
