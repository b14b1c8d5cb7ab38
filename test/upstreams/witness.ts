// A server that keeps a diary (witness-diary.ts) of all requests that reach it, and fails in the way that it is told: by an order
// for all requests or all calls, or by the argument `do` of one call. `--folder DIR`; over stdio `--name N`, over HTTP
// `--http [--port N]`, where every path /NAME is a server of its own, in the 2026-07-28 era. Ways:
//   status N   error CODE   tool_error   hang   reset   slow MS   ok   gate (answers once its order is `open`)
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import {
  answerOf,
  failure,
  isRequest,
  type Json,
  type Message,
  type Request,
  result,
  textResult,
} from "./faulty-words.ts";
import { note, orderFor } from "./witness-diary.ts";

/** Where one request came in, and how it can be answered there. */
interface Desk {
  readonly name: string;
  readonly era: "legacy" | "modern";
  send(message: Json, status?: number): void;
  /** Breaks the connection without a word. */
  cut(): void;
}

const { argv } = process;
const given = (flag: string): string => {
  const at = argv.indexOf(flag);
  return at < 0 ? "" : (argv[at + 1] ?? "");
};
const folder = given("--folder");

const argumentsOf = ({ params = {} }: Request): Json => (params.arguments ?? {}) as Json;

function wayOf(request: Request, name: string): string[] {
  const isCall = request.method === "tools/call";
  const { do: told } = argumentsOf(request);
  if (isCall && typeof told === "string") return told.split(" ");
  const [scope, ...way] = orderFor(folder, name).split(" ");
  return scope === "all" || (scope === "calls" && isCall) ? way : ["ok"];
}

function answer(request: Request, era: "legacy" | "modern"): Json {
  const { id } = request;
  return answerOf(request, { era, lie: undefined, extraTool: undefined }) ?? result(id, textResult("ok", COMPLETE));
}

const COMPLETE = { resultType: "complete" };

function serve(request: Request, desk: Desk): void {
  const { id, method } = request;
  const { name, era } = desk;
  const key = String(argumentsOf(request).key ?? "");
  note(folder, name, { sign: "+", method, key });
  const done = (act: () => void): void => {
    note(folder, name, { sign: "-", method, key });
    act();
  };
  const [way = "", detail] = wayOf(request, name);
  if (way === "hang") return;
  if (way === "reset") return done(() => desk.cut());
  if (way === "slow") return void setTimeout(() => done(() => desk.send(answer(request, era))), Number(detail));
  if (way === "gate") return whenOpen(name, () => done(() => desk.send(answer(request, era))));
  if (way === "status") return done(() => desk.send({}, Number(detail)));
  if (way === "error") return done(() => desk.send(failure(id, Number(detail), "as it was told")));
  if (way === "tool_error")
    return done(() => desk.send(result(id, textResult("sorry", { ...COMPLETE, isError: true }))));
  done(() => desk.send(answer(request, era)));
}

const LOOK_EVERY_MS = 20;

function whenOpen(name: string, then: () => void): void {
  if (orderFor(folder, name) === "open") then();
  else setTimeout(() => whenOpen(name, then), LOOK_EVERY_MS);
}

async function visit(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method !== "POST") return void response.writeHead(405).end();
  const message = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Message;
  if (!isRequest(message)) return void response.writeHead(202).end();
  serve(message, {
    name: (request.url ?? "").slice(1),
    era: "modern",
    send: (body, status) =>
      void response.writeHead(status ?? 200, { "content-type": "application/json" }).end(JSON.stringify(body)),
    cut: () => void response.socket?.resetAndDestroy(),
  });
}

async function serveHttp(): Promise<void> {
  const server = createServer((request, response) => {
    visit(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(Number(given("--port")), "127.0.0.1", resolve));
  process.stdin.on("end", () => process.exit(0)).resume();
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
}

function serveStdio(name: string): void {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const message = JSON.parse(line) as Message;
    if (!isRequest(message)) return;
    serve(message, {
      name,
      era: "legacy",
      send: (body) => void process.stdout.write(`${JSON.stringify(body)}\n`),
      cut: () => process.kill(process.pid, "SIGKILL"),
    });
  });
}

if (argv.includes("--http")) await serveHttp();
else serveStdio(given("--name"));
