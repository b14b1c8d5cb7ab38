// Does a caller get back exactly what it named? Ids with their type and value, and progress under its own token; whatever
// the upstream's era, in both eras of its own, on both endpoints.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startGateway, type TestGateway } from "./kit.ts";
import { type ModernCall, messagesOf, modern, type Note, openSession, type Received, send } from "./raw.ts";
import { upstreamFile } from "./upstreams/start.ts";

const IDS = [1, "1", 0, "", -5, 2 ** 53 - 1, -(2 ** 53 - 1), "Ω≈ç√ 😀", '"\\\u2028', "o2-1", "x".repeat(1_000)];
const TOKENS = [7, 0, -1, "token", "", "Ω", "o2-1"];
const SERVERS = ["echo", "modern"];

let gateway: TestGateway;
before(async () => {
  const stdio = (file: string, ...args: string[]) => ({
    command: process.execPath,
    args: [upstreamFile(file), ...args],
  });
  gateway = await startGateway({ servers: { echo: stdio("echo.ts"), modern: stdio("modern-echo.ts", "stdio") } });
});
after(() => gateway.stop());

type Ask = (call: ModernCall) => Promise<Received>;

async function askIn(era: "legacy" | "modern", path: string): Promise<Ask> {
  if (era === "modern") return (call) => send(gateway.url, modern(path, call));
  const headers = { "mcp-session-id": await openSession(gateway.url, path) };
  return (call) => send(gateway.url, { path, headers, body: JSON.stringify({ jsonrpc: "2.0", params: {}, ...call }) });
}

/** The same tool under the names of both endpoints. */
const places = (tool: string) =>
  SERVERS.flatMap((server) => [
    { path: "/mcp", name: `${server}__${tool}` },
    { path: `/mcp/${server}`, name: tool },
  ]);

const progressOf = (notes: readonly Note[]): unknown[] =>
  notes.flatMap(({ method, params }) =>
    method === "notifications/progress" ? [[params?.progressToken, params?.progress, params?.total]] : [],
  );

for (const era of ["legacy", "modern"] as const) {
  describe(`a client of the ${era} era`, () => {
    test("gets its own ids back, with type and value, for calls, lists and errors", async () => {
      for (const { path, name } of places("echo")) {
        const ask = await askIn(era, path);
        for (const id of IDS) {
          const answers = await Promise.all([
            ask({ id, method: "tools/call", params: { name, arguments: { message: "m" } } }),
            ask({ id: `${id}2`, method: "tools/call", params: { name: "nope", arguments: {} } }),
            ask({ id, method: "tools/list" }),
            ask({ id, method: "no/such" }),
          ]);
          const ids = answers.map(({ json }) => json.id);
          assert.deepEqual(ids, [id, `${id}2`, id, id]);
          assert.equal(answers[0].json.result.content[0].text, "m");
        }
      }
    });

    test("hears of progress under its own token, in order, before the answer", async () => {
      for (const { path, name } of places("progress")) {
        const ask = await askIn(era, path);
        for (const progressToken of TOKENS) {
          const params = { name, arguments: { steps: 3 }, _meta: { progressToken } };
          const { headers, text } = await ask({ id: 1, method: "tools/call", params });
          assert.equal(headers["content-type"], "text/event-stream");
          const messages = messagesOf(text);
          assert.deepEqual(
            progressOf(messages),
            [1, 2, 3].map((step) => [progressToken, step, 3]),
          );
          assert.ok(messages.at(-1) && "result" in (messages.at(-1) as object));
          assert.equal(messages.length, 4);
        }
      }
    });

    test("that asked for no progress hears none, and its answer is plain JSON", async () => {
      for (const { path, name } of places("progress")) {
        const ask = await askIn(era, path);
        const { headers, json } = await ask({ id: 1, method: "tools/call", params: { name, arguments: { steps: 3 } } });
        assert.equal(headers["content-type"], "application/json");
        assert.equal(json.result.content[0].text, "3 steps done");
      }
    });

    test("that calls much at once gets every answer under its own id and token", async () => {
      const ask = await askIn(era, "/mcp");
      const calls = Array.from({ length: 60 }, async (_, at) => {
        const name = `${SERVERS[at % 2]}__progress`;
        const params = { name, arguments: { steps: 2 }, _meta: { progressToken: `t${at}` } };
        const messages = messagesOf((await ask({ id: at, method: "tools/call", params })).text);
        assert.deepEqual(
          progressOf(messages),
          [1, 2].map((step) => [`t${at}`, step, 2]),
        );
        assert.equal((messages.at(-1) as unknown as { id: number }).id, at);
      });
      await Promise.all(calls);
    });
  });
}

test("an id that is in flight in a session is not taken twice; another session may use it", async () => {
  const [first, second] = await Promise.all([askIn("legacy", "/mcp"), askIn("legacy", "/mcp")]);
  const params = { name: "echo__sleep", arguments: { ms: 2_000 } };
  const call = { id: 1, method: "tools/call", params };
  const [one, two, three] = await Promise.all([first(call), first(call), second(call)]);
  const told = [one, two].map(({ json }) => json.error?.message ?? "answered").sort();
  assert.deepEqual(told, ["A request with this id is in flight in this session; use another id.", "answered"]);
  assert.equal(three.json.error, undefined);
  assert.notEqual(three.json.result.isError, true);
});
