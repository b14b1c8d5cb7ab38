// The floor over stdio: bare node:http in front, each body written as one line to a child, each reply line sent back.
// Relies on a child that answers in the order of arrival: `node bench/floor-stdio.ts bench/upstream-stdio.ts`.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server, type ServerResponse } from "node:http";
import { announce, listen } from "./announce.ts";
import { readBody } from "./body.ts";
import { createLineSplitter } from "./lines.ts";

const NEWLINE = Buffer.from("\n");

export function createStdioFloor(child: ChildProcess): Server {
  const waiting: ServerResponse[] = [];
  let next = 0;
  const take = createLineSplitter((line) => {
    waiting[next]?.writeHead(200, { "content-type": "application/json", "content-length": line.length }).end(line);
    // Shifting a long array for every reply would cost more than the reply.
    if (++next >= 1_024) next -= waiting.splice(0, next).length;
  });
  child.stdout?.on("data", take);
  return createServer((request, response) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    readBody(request, (body) => {
      if (body.includes('"id":')) waiting.push(response);
      else response.writeHead(202).end();
      child.stdin?.write(Buffer.concat([body, NEWLINE]));
    });
  });
}

if (import.meta.main) {
  const script = process.argv[2];
  if (script === undefined) throw new Error("The floor needs the server's script: node bench/floor-stdio.ts FILE");
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.once("exit", () => process.exit(1));
  announce([await listen(createStdioFloor(child))]);
}
