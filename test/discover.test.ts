// What answers behind a definition that is not saved? All transports, everything that can go wrong, and nothing left behind.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { Discovery } from "#contract/discovery.ts";
import { startGateway, type TestGateway, until } from "./kit.ts";
import { stdio } from "./recovery-kit.ts";
import { type EverythingServer, startEverything } from "./upstreams/http-everything.ts";
import { legacy, openScriptedServer, type ScriptedServer } from "./upstreams/http-scripted.ts";
import { type RunningServer, startUpstream } from "./upstreams/start.ts";

const MARK = `discover-${process.pid}`;

let gateway: TestGateway;
let echo: RunningServer;
let modern: RunningServer;
let sse: EverythingServer;
/** Takes every connection and says nothing. */
const silent = createServer(() => {});

before(async () => {
  silent.listen(0, "127.0.0.1");
  [echo, modern, sse] = await Promise.all([
    startUpstream("echo.ts", "--http"),
    startUpstream("modern-echo.ts", "--http"),
    startEverything("sse"),
  ]);
  gateway = await startGateway({
    servers: { kept: { url: echo.url } },
    omni2: { access: { allowCommands: true } },
  });
});
after(async () => {
  await gateway?.stop();
  silent.closeAllConnections();
  silent.close();
  await Promise.all([echo?.stop(), modern?.stop(), sse?.stop()]);
});

const ask = (definition: object) => gateway.api("POST", "/api/servers/discover", { name: "new", ...definition });
const hanging = (startTimeoutMs: number) => ({
  url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/mcp`,
  health: { startTimeoutMs },
});

async function found(definition: object): Promise<Discovery> {
  const { status, body } = await ask(definition);
  assert.equal(status, 200, JSON.stringify(body));
  return body as Discovery;
}

async function refused(definition: object): Promise<{ status: number; code: string; message: string }> {
  const { status, body } = await ask(definition);
  const { error } = body as { error: { code: string; message: string } };
  assert.ok(error, JSON.stringify(body));
  return { status, code: error.code, message: error.message };
}

/** Processes, however far from their starter, whose environment holds the mark. */
const marked = (): number =>
  readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(MARK);
    } catch {
      return false;
    }
  }).length;

const SCRIPT = `process.stdin.resume(); setInterval(() => {}, 1000)`;

describe("what is behind a definition", { timeout: 180_000 }, () => {
  it("is told over Streamable HTTP, in both eras", async () => {
    const old = await found({ url: echo.url });
    assert.deepEqual([old.type, old.era, old.serverInfo?.name], ["http", "legacy", "echo"]);
    const tool = old.tools.find(({ name }) => name === "echo");
    assert.deepEqual([tool?.description, tool?.annotations.readOnlyHint], ["Answers the message", true]);
    assert.ok(old.prompts > 0 && old.resources > 0 && old.elapsedMs > 0);
    const { era, protocolVersion, tools } = await found({ url: modern.url });
    assert.deepEqual([era, protocolVersion], ["modern", "2026-07-28"]);
    assert.ok(tools.length > 0);
  });

  it("is told over legacy SSE, also when the type was not stated", async () => {
    assert.equal((await found({ type: "sse", url: sse.url })).type, "sse");
    const { type, era, tools } = await found({ url: sse.url });
    assert.deepEqual([type, era], ["sse", "legacy"]);
    assert.ok(tools.length > 0);
  });

  it("is told of a command, whose processes are gone with the answer", async () => {
    const { type, tools } = await found({ ...stdio("holding.ts", "--tree", "--stubborn"), env: { MARK } });
    assert.deepEqual([type, tools.map(({ name }) => name)], ["stdio", ["hold", "tally"]]);
    assert.equal(marked(), 0);
  });

  it("is told with what is odd about the definition, also under a name that is taken", async () => {
    const { warnings } = await found({ name: "kept", url: echo.url, colour: "red" });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /colour: unknown field/);
  });
});

describe("a discovery that finds nothing says why, and at which stage", { timeout: 180_000 }, () => {
  it("a dead address", async () => {
    const { status, code, message } = await refused({ url: "http://127.0.0.1:1/mcp" });
    assert.deepEqual([status, code], [503, "UPSTREAM_UNAVAILABLE"]);
    assert.match(message, /^Discovery ended while connecting: new could not be reached: .+\. Nothing was saved\.$/);
  });

  it("a web page", async () => {
    const page = createServer((_, response) => void response.setHeader("content-type", "text/html").end("<p>hello"));
    page.listen(0, "127.0.0.1");
    await until("it listens", () => page.listening);
    const { message } = await refused({ url: `http://127.0.0.1:${(page.address() as AddressInfo).port}/` });
    assert.match(message, /^Discovery ended while connecting: /);
    page.close();
  });

  it("an address that takes the connection and never answers", async () => {
    const { status, code, message } = await refused(hanging(500));
    assert.deepEqual([status, code], [504, "UPSTREAM_TIMEOUT"]);
    assert.match(message, /while connecting: new took longer than 0\.5 s\. Nothing was saved\.$/);
  });

  it("a command that says nothing, and is killed", async () => {
    const command = { command: process.execPath, args: ["-e", SCRIPT], env: { MARK }, health: { startTimeoutMs: 800 } };
    assert.equal((await refused(command)).code, "UPSTREAM_TIMEOUT");
    assert.equal(marked(), 0);
  });

  it("a command that ends at once", async () => {
    const { code, message } = await refused({ command: process.execPath, args: ["-e", "process.exit(3)"] });
    assert.equal(code, "UPSTREAM_UNAVAILABLE");
    assert.match(message, /code 3/);
  });

  it("a server whose lists cannot be read", async () => {
    const server: ScriptedServer = await openScriptedServer(
      legacy((request, response) => {
        if (request.message?.method !== "tools/list") return void response.writeHead(405).end();
        const error = { code: -32000, message: "out of order" };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ jsonrpc: "2.0", id: request.message.id, error }));
      }),
    );
    const { status, code, message } = await refused({ url: server.url });
    await server.close();
    assert.deepEqual([status, code], [502, "UPSTREAM_PROTOCOL"]);
    assert.match(message, /after the handshake, while its lists were read: new answered an error: out of order\./);
  });

  it("a definition that could not be added", async () => {
    const { status, body } = await ask({ url: "nowhere", timeoutMs: -1 });
    assert.equal(status, 422);
    const { error } = body as { error: { code: string; issues: { path: string }[] } };
    assert.equal(error.code, "CONFIG_INVALID");
    assert.ok(error.issues.length > 0);
    assert.equal((await refused({ url: "http://example.com/mcp" })).code, "FORBIDDEN");
  });
});

describe("discoveries", { timeout: 180_000 }, () => {
  it("run four at a time, and one more is told to come again", async () => {
    const four = Array.from({ length: 4 }, () => refused(hanging(1_500)));
    await until("the four have begun", async () => (await connectionsTo(silent)) >= 4);
    const fifth = await ask({ url: echo.url });
    assert.equal(fifth.status, 503);
    assert.equal((fifth.body as { error: { code: string } }).error.code, "OVERLOADED");
    for (const each of await Promise.all(four)) assert.equal(each.code, "UPSTREAM_TIMEOUT");
    await found({ url: echo.url });
  });

  it("end when the asker goes away", async () => {
    const before = await connectionsTo(silent);
    const gone = new AbortController();
    const asking = fetch(`${gateway.url}/api/servers/discover`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "new", ...hanging(25_000) }),
      signal: gone.signal,
    }).catch(() => {});
    await until("it has begun", async () => (await connectionsTo(silent)) > before);
    gone.abort();
    await asking;
    await until("it has ended", async () => (await connectionsTo(silent)) === before, 10_000);
  });

  it("leave no server, no event and no time of a status; who asked is in the audit log", async () => {
    const { body } = await gateway.api("GET", "/api/servers");
    assert.deepEqual(
      (body as { items: { name: string }[] }).items.map(({ name }) => name),
      ["kept"],
    );
    const events = await gateway.api("GET", "/api/events?server=new");
    assert.deepEqual((events.body as { items: unknown[] }).items, []);
    const timeline = await gateway.api("GET", "/api/timeline?server=new");
    assert.deepEqual((timeline.body as { items: unknown[] }).items, []);
    const audit = await gateway.api("GET", "/api/audit?limit=1000");
    const rows = (audit.body as { items: { action: string; target: string }[] }).items;
    assert.ok(rows.filter(({ action, target }) => action === "server.discover" && target === "new").length > 5);
  });
});

it("a stop of the gateway ends what is being discovered", { timeout: 60_000 }, async () => {
  const command = {
    command: process.execPath,
    args: ["-e", SCRIPT],
    env: { MARK },
    health: { startTimeoutMs: 30_000 },
  };
  const asking = ask(command).catch(() => undefined);
  await until("its process runs", () => marked() > 0);
  const begun = Date.now();
  assert.equal(await gateway.end("SIGTERM"), 0);
  assert.equal(marked(), 0);
  await asking;
  assert.ok(Date.now() - begun < 15_000, `${Date.now() - begun} ms`);
});

const connectionsTo = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
