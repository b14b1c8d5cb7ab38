import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createScope, type Scope } from "#lib/scope.ts";
import { listen } from "./announce.ts";
import { createFloor } from "./floor.ts";
import { runLoad } from "./load.ts";
import { startLoad, startServer } from "./processes.ts";
import { FLOOR, measureTraffic } from "./traffic.ts";
import { createUpstream } from "./upstream.ts";

const job = { tool: "echo", bytes: 0, sessions: 3, warmSeconds: 0, seconds: 20, calls: 30 };
const bigJob = { ...job, tool: "big", bytes: 65_536 };

async function opened(t: TestContext, server: Server): Promise<string> {
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return listen(server);
}

type Change = (body: string, status: number) => [string, number] | Promise<[string, number]>;

/** Stands in the middle and changes what comes back. */
async function liar(t: TestContext, change: Change): Promise<string> {
  const honest = await opened(t, createUpstream());
  const server = createServer(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    const body = request.method === "POST" ? await new Response(request as never).text() : null;
    const { host: _host, connection: _connection, ...rest } = headers;
    const reply = await fetch(honest + request.url, { method: request.method as string, headers: rest, body });
    const [text, status] = body?.includes("tools/call")
      ? await change(await reply.text(), reply.status)
      : [await reply.text(), reply.status];
    const session = reply.headers.get("mcp-session-id");
    if (session !== null) response.setHeader("mcp-session-id", session);
    response.writeHead(status).end(text);
  });
  return opened(t, server);
}

test("right answers, small and large, direct and through the floor, are counted", async (t) => {
  const direct = await opened(t, createUpstream());
  const floor = await opened(t, createFloor(direct));
  for (const origin of [direct, floor]) {
    for (const plan of [job, bigJob]) {
      const report = await runLoad({ ...plan, url: `${origin}/mcp` });
      assert.equal(report.calls, 30);
      assert.ok(report.p99Ms >= report.p50Ms && report.perSecond > 0);
    }
  }
});

const lies: Record<string, (body: string, status: number) => [string, number]> = {
  "another id": (body, status) => [body.replace(/"id":\d+/, `"id":999999`), status],
  "another text": (body, status) => [body.replace(/(..)("\}\]\}\})$/, "##$2"), status],
  "a second block": (body, status) => [body.replace(/\}\]\}\}$/, `},{"type":"text","text":""}]}}`), status],
  "a tool error": (body, status) => [body.replace(/\}\}$/, `,"isError":true}}`), status],
  "a cut body": (body, status) => [body.slice(0, -2), status],
  "an error status": (body) => [body, 503],
  nothing: (_body, status) => ["", status],
};

for (const [name, lie] of Object.entries(lies)) {
  test(`${name} fails the run`, async (t) => {
    const url = `${await liar(t, lie)}/mcp`;
    await assert.rejects(runLoad({ ...job, url }), /wrong answer|got HTTP 503/);
    await assert.rejects(runLoad({ ...bigJob, url }), /wrong answer|got HTTP 503/);
  });
}

test("a window in which the machine stood still lasts until something is answered", async (t) => {
  const url = `${await liar(t, async (body, status) => {
    await sleep(300);
    return [body, status];
  })}/mcp`;
  assert.ok((await runLoad({ ...job, url, seconds: 0.05 })).calls > 0);
});

test("a large text that is escaped in another way is still right", async (t) => {
  const url = `${await liar(t, (body, status) => [body.replaceAll("\\n", "\\u000a"), status])}/mcp`;
  assert.equal((await runLoad({ ...bigJob, url })).calls, 30);
});

async function scoped(t: TestContext): Promise<Scope> {
  const scope = createScope();
  t.after(() => scope.close());
  return scope;
}

test("paths are measured in turn, in processes of their own, with the floor as 1", async (t) => {
  const scope = await scoped(t);
  const upstream = await startServer(scope, "upstream.ts", ["--count", "2"]);
  assert.equal(upstream.urls.length, 2);
  const floor = await startServer(scope, "floor-stdio.ts", [`${import.meta.dirname}/upstream-stdio.ts`]);
  const load = startLoad(scope);
  const seen: string[] = [];
  const paths = [
    { name: "direct", url: `${upstream.urls[1]}/mcp`, tool: "echo" },
    { name: FLOOR, url: `${floor.urls[0]}/mcp`, tool: "echo", pid: floor.pid },
  ];
  const run: typeof load.run = (next) => {
    seen.push(next.url);
    return load.run({ ...next, warmSeconds: 0.01 });
  };
  const once = { section: "stdio", sessions: 2, bytes: 0, paths } as const;
  const [cell] = await measureTraffic(run, [once, { ...once, fine: true }], { rounds: 1, seconds: 0.2 });
  const [direct, between] = [paths[0]?.url, paths[1]?.url];
  assert.equal(seen.length, 2 + 8 * (2 + 12));
  assert.deepEqual(seen.slice(2, 8), [direct, between, direct, between, between, direct]);
  assert.deepEqual(seen.slice(16, 22), [between, direct, between, direct, direct, between]);
  assert.equal(cell?.paths[1]?.perSecondRatio, 1);
  assert.ok((cell?.paths[0]?.calls ?? 0) > 0);
});

test("sessions that are kept serve the next job too, and are given up at a wrong answer", async (t) => {
  const load = startLoad(await scoped(t));
  const honest = createUpstream();
  let connections = 0;
  honest.on("connection", () => connections++);
  const url = `${await opened(t, honest)}/mcp`;
  for (let times = 0; times < 3; times++) {
    assert.equal((await load.run({ ...job, url, keep: true })).calls, 30);
    assert.equal(connections, job.sessions);
  }
  honest.closeAllConnections();
  honest.close();
  await assert.rejects(load.run({ ...job, url, keep: true }));
});

test("a wrong answer in the load's process fails the run with what came", async (t) => {
  const load = startLoad(await scoped(t));
  const url = `${await liar(t, (_body, status) => ["{}", status])}/mcp`;
  await assert.rejects(load.run({ ...job, url }), /got a wrong answer: \{\}/);
});
