import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { AUTH, raw } from "./client.fixture.ts";
import { stage } from "./stage.fixture.ts";

test("a handshake that two readers could understand differently is refused, as is every version but 13", async () => {
  const on = await stage();
  const { port } = on.http;
  const ask = (version: string, lines: readonly string[], request = "GET /ws HTTP/1.1"): Promise<string> => {
    const head = [request, `Host: localhost:${port}`, `Authorization: ${AUTH.authorization}`];
    const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];
    const all = [...head, ...upgrade, ...(version === "" ? [] : [`Sec-WebSocket-Version: ${version}`]), ...lines];
    return raw(port, `${all.join("\r\n")}\r\n\r\n`);
  };
  const cases: [title: string, answer: Promise<string>, wanted: RegExp][] = [
    ["a draft", ask("8", []), /^HTTP\/1\.1 426 .*\r\n(?:.*\r\n)*Sec-WebSocket-Version: 13\r\n/],
    ["no number", ask("x", []), /^HTTP\/1\.1 426 /],
    ["no version", ask("", []), /^HTTP\/1\.1 426 /],
    ["HTTP/1.0", ask("13", [], "GET /ws HTTP/1.0"), /^HTTP\/1\.1 400 /],
    ["a second Host", ask("13", ["Host: evil.example"]), /^HTTP\/1\.1 400 /],
    ["a body", ask("13", ["Content-Length: 5", "", "hello"]), /^HTTP\/1\.1 400 /],
    ["a body in chunks", ask("13", ["Transfer-Encoding: chunked", "", "0", "", ""]), /^HTTP\/1\.1 400 /],
    ["another path", ask("8", [], "GET /elsewhere HTTP/1.1"), /^HTTP\/1\.1 404 /],
    [
      "too many headers",
      ask(
        "13",
        Array.from({ length: 120 }, (_, n) => `X-${n}: 1`),
      ),
      /^HTTP\/1\.1 431 /,
    ],
  ];
  for (const [title, answer, wanted] of cases) assert.match(await answer, wanted, title);
  await on.close();
});

test("no subprotocol is agreed to", async () => {
  const on = await stage();
  const ws = new WebSocket(`${on.http.url.replace("http", "ws")}/ws`, ["chat"], { headers: AUTH });
  const error = await new Promise<Error>((resolve) => ws.on("error", resolve));
  assert.match(error.message, /no subprotocol/);
  await on.close();
});
