// Does the doctor find what is wrong, with a gateway and without one, and say what to do? Through the command, as people run it.
import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { runToExit, startGateway, type TestGateway, until } from "./kit.ts";
import { startPostgres } from "./pg.ts";
import { upstreamFile } from "./upstreams/start.ts";

const SECRET = "s3cret-QXZJ-value-0815";
const ECHO = { command: process.execPath, args: [upstreamFile("echo.ts")] };

interface Finding {
  readonly level: "PASS" | "WARN" | "FAIL";
  readonly about: string;
  readonly text: string;
  readonly todo: string | null;
}

interface Examined {
  readonly code: number | null;
  /** By title of the section and what was looked at. */
  find(section: string, about: string): Finding;
  readonly all: readonly Finding[];
}

async function newPlace(t: TestContext, document: string): Promise<{ folder: string; args: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "omni2-doctor-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "omni2.json");
  await writeFile(file, document);
  return { folder, args: ["--config", file, "--data-dir", join(folder, "data"), "--port", "0"] };
}

async function examine(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Examined> {
  const { code, stdout, stderr } = await runToExit(["doctor", "--json", ...args], env);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as { sections: { title: string; findings: Finding[] }[] };
  const all = report.sections.flatMap(({ findings }) => findings);
  for (const { level, todo, about } of all) assert.equal(todo === null, level === "PASS", about);
  const find = (section: string, about: string): Finding => {
    const findings = report.sections.find(({ title }) => title === section)?.findings ?? [];
    const found = findings.find((one) => one.about === about);
    assert.ok(found, `${section}: ${about} is not in ${JSON.stringify(findings)}`);
    return found;
  };
  return { code, find, all };
}

async function listening(t: TestContext, greeting: string): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}).end(greeting));
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

describe("without a gateway", () => {
  test("all is well: every line passes, the exit code is 0, and nothing is made", async (t) => {
    const place = await newPlace(t, JSON.stringify({ mcpServers: { echo: ECHO }, omni2: { preset: "classic" } }));
    const { code, stdout, stderr } = await runToExit(["doctor", ...place.args]);
    assert.equal(code, 0, stdout);
    assert.equal(stderr, "");
    assert.match(stdout, /^ {2}PASS {2}node /m);
    assert.match(stdout, /^ {2}PASS {2}omni2\.preset +"classic" \(.*omni2\.json:1\)$/m);
    assert.match(stdout, /^ {2}PASS {2}data-dir +.*data \(--data-dir\)$/m);
    assert.match(stdout, /^ {2}PASS {2}embedded +in .*data, not made yet/m);
    assert.match(stdout, /\d+ checks passed, \d+ warnings?, 0 failures\.\n$/);
    assert.deepEqual(await readdir(place.folder), ["omni2.json"]);
  });

  test("a broken file, a taken port, a lost database and a wrong variable are findings in one report", async (t) => {
    const place = await newPlace(t, '{"mcpServers":{"a":{"type":"pigeon","url":"http://x"}}}');
    const port = await listening(t, "220 not a gateway\r\n");
    const closed = `postgres://omni:${SECRET}@127.0.0.1:9/omni`;
    const examined = await examine([...place.args, "--port", String(port)], {
      DATABASE_URL: closed,
      LOG_LEVEL: "loud",
    });
    assert.equal(examined.code, 1);
    const file = examined.find("Configuration", "file");
    assert.deepEqual([file.level, file.todo], ["FAIL", "Correct it; a start is refused."]);
    assert.match(file.text, /omni2\.json:1: mcpServers\.a\.type: expected one of/);
    assert.match(examined.find("Configuration", "environment").text, /^LOG_LEVEL must be one of/);
    assert.deepEqual(examined.find("Configuration", "database-url").text, "127.0.0.1:9/omni (DATABASE_URL)");
    assert.match(examined.find("Database", "reached").text, /^no: .*ECONNREFUSED/);
    const taken = examined.find("Port", "port");
    assert.equal(taken.level, "FAIL");
    assert.match(`${taken.text} ${taken.todo}`, /is taken by another program\. Look with .* or choose another port/);
    assert.doesNotMatch(JSON.stringify(examined.all), new RegExp(SECRET));
  });

  test("a file that is not there and a program that cannot be found say what to do", async (t) => {
    const place = await newPlace(t, '{"mcpServers":{"lost":{"command":"no-such-program-of-omni2"}}}');
    const lost = (await examine(place.args)).find("Programs of servers", "lost");
    assert.match(
      `${lost.level} ${lost.text} ${lost.todo}`,
      /^FAIL .*not found in PATH\. Install it, or write its absolute path\.$/,
    );
    const missing = await examine([...place.args, "--config", join(place.folder, "no.json")]);
    assert.equal(missing.code, 1);
    assert.match(missing.find("Configuration", "file").text, /there is no such file/);
  });

  test("a wrong flag is wrong usage, as it is for serve", async () => {
    const { code, stderr } = await runToExit(["doctor", "--port", "x"]);
    assert.equal(code, 2);
    assert.match(stderr, /^omni2: --port must be a port[^\n]+\n$/);
  });

  test("who holds the port is asked without the admin token", async (t) => {
    const place = await newPlace(t, "{}");
    const heard: string[] = [];
    const server = createServer((socket) => {
      socket.on("error", () => {}).on("data", (chunk) => heard.push(String(chunk)));
      socket.once("data", () => socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"));
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const examined = await examine([...place.args, "--port", String(port)], { OMNI2_ADMIN_TOKEN: SECRET });
    assert.equal(examined.find("Port", "port").level, "WARN");
    assert.match(heard.join(""), /^GET \/health/);
    assert.doesNotMatch(heard.join(""), new RegExp(`authorization|${SECRET}`, "i"));
  });

  test("an external database that can be reached is told with version and schema, without its password", async (t) => {
    const postgres = await startPostgres();
    if ("skip" in postgres) return t.skip(postgres.skip);
    t.after(() => postgres.stop());
    const place = await newPlace(t, '{"mcpServers":{}}');
    const examined = await examine([...place.args, "--database-url", postgres.url]);
    assert.match(examined.find("Database", "reached").text, /^yes, PostgreSQL \d+/);
    assert.match(examined.find("Database", "schema").text, /^not made yet/);
    assert.equal(examined.code, 0);
    const gateway = await startGateway({ servers: {}, databaseUrl: postgres.url });
    t.after(() => gateway.stop());
    const later = await examine([...place.args, "--database-url", postgres.url]);
    assert.match(later.find("Database", "schema").text, /^up to step \d{3}-/);
  });
});

describe("with a gateway", () => {
  let gateway: TestGateway;
  let args: string[];
  before(async () => {
    // A server that tells its secret on standard error and ends.
    const leaky = `console.error("token is " + process.env.VALUE + " at http://u:p@h/?k=1"); process.exit(3)`;
    gateway = await startGateway({
      servers: {
        echo: ECHO,
        crash: { command: process.execPath, args: ["-e", leaky], env: { VALUE: SECRET } },
        lost: { command: "no-such-program-of-omni2" },
        off: { ...ECHO, enabled: false },
        far: { url: `http://127.0.0.1:9/mcp?key=${SECRET}`, headers: { "X-Plain": SECRET } },
      },
    });
    const { port } = new URL(gateway.url);
    args = ["--config", join(gateway.folder, "omni2.json"), "--data-dir", join(gateway.folder, "data"), "--port", port];
    await until("the servers have failed", async () =>
      ["crash", "lost", "far"].every(async (name) => (await gateway.server(name)).status === "down"),
    );
    await until("crash is down", async () => (await gateway.server("crash")).status === "down");
  });
  after(() => gateway?.stop());

  test("each server that is not up is told with its reason and the next step", async () => {
    const examined = await examine(args);
    assert.equal(examined.code, 1);
    assert.match(examined.find("Port", "port").text, /is held by the running gateway$/);
    assert.match(examined.find("Database", "held by").text, new RegExp(`^the gateway with pid ${gateway.pid} `));
    assert.equal(examined.find("Gateway", "database").text, "ready");
    assert.match(examined.find("Gateway", "coordinator").text, /^last at work .* ago/);
    assert.equal(examined.find("Servers", "up").text, "1 of 5 servers");
    const lost = examined.find("Servers", "lost");
    assert.match(
      `${lost.level} ${lost.text} ${lost.todo}`,
      /^FAIL down: .*not found in PATH.* Install it.*`omni2 servers reconnect lost`/,
    );
    const off = examined.find("Servers", "off");
    assert.match(`${off.level} ${off.text}`, /^PASS paused: .*`omni2 servers enable off`/);
    assert.match(examined.find("Servers", "far").todo ?? "", /`omni2 servers reconnect far`/);
    assert.match(examined.find("Servers", "crash").todo ?? "", /Read its standard error/);
    assert.doesNotMatch(JSON.stringify(examined.all), new RegExp(SECRET));
  });

  test("the data directory is told to be held when its gateway is not where it is looked for", async () => {
    const held = (await examine([...args, "--port", "0"])).find("Database", "held by");
    assert.equal(held.level, "WARN");
    assert.match(held.text, new RegExp(`pid ${gateway.pid} .*does not answer`));
  });

  test("another gateway can be named, and one whose token is not known is a warning", async () => {
    const elsewhere = ["--port", "0", "--url", gateway.url];
    assert.match((await examine([...args, ...elsewhere])).find("Gateway", "running").text, /, at http/);
    const stranger = await examine([...elsewhere, "--data-dir", join(gateway.folder, "none")]);
    assert.match(stranger.find("Gateway", "servers").todo ?? "", /OMNI2_ADMIN_TOKEN/);
  });

  test("the bundle holds what a helper needs and no secret, for its owner only, and overwrites nothing unasked", async () => {
    const file = join(gateway.folder, "bundle.json");
    const first = await runToExit(["doctor", ...args, "--bundle", file]);
    assert.match(first.stdout, /Wrote .*bundle\.json, readable by you only/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const text = await readFile(file, "utf8");
    for (const secret of [SECRET, gateway.token, "u:p@", Buffer.from(SECRET).toString("base64")]) {
      assert.ok(!text.includes(secret), `${secret} is in the bundle`);
    }
    const bundle = JSON.parse(text);
    assert.equal(bundle.configuration[0].document.mcpServers.crash.env.VALUE, "[redacted]");
    assert.equal(bundle.servers.length, 5);
    assert.ok(bundle.healthLog.some((row: { server: string }) => row.server === "crash"));
    const tail = bundle.stderr.find(({ name }: { name: string }) => name === "crash");
    assert.match(tail.lines.join("\n"), /^token is \[redacted\] at http:\/\/\[redacted\]@h\/\?\[redacted\]/);
    assert.match(bundle.notes[0], /log is not in here/);
    await chmod(file, 0o644);
    const second = await runToExit(["doctor", ...args, "--bundle", file]);
    assert.equal(second.code, 2);
    assert.match(second.stderr, /exists already; nothing was written\. Name another, or add --force/);
    assert.equal(await readFile(file, "utf8"), text);
    assert.equal((await runToExit(["doctor", ...args, "--bundle", file, "--force"])).code, 1);
    assert.notEqual(await readFile(file, "utf8"), text);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(gateway.folder)).sort(), ["bundle.json", "data", "omni2.json"]);
  });
});
