// The floor of a cache hit: the least that a JSON server of the same bytes can do. Bare node:http, one parse of the request, and
// an answer of the same members as the gateway's, so that both send as much.
import { createServer, type Server } from "node:http";
import { announce, listen } from "./announce.ts";
import { answer, type RpcMessage } from "./answers.ts";
import { readBody } from "./body.ts";

/** As long as what a gateway says about a hit. */
const META = `,"_meta":{"omni2/call":"c_0123456789abcd","omni2/cache":{"disposition":"hit","ageMs":1234}}}}`;
const END = "}}";

export function createEcho(): Server {
  return createServer((request, response) => {
    readBody(request, (body) => {
      const message: RpcMessage = body.length === 0 ? {} : (JSON.parse(body.toString()) as RpcMessage);
      const reply = answer(message);
      if (reply === undefined) return void response.writeHead(202).end();
      const told = message.method === "tools/call" ? marked(reply) : reply;
      response.writeHead(200, { "content-type": "application/json", "content-length": told.length }).end(told);
    });
  });
}

const marked = (reply: Buffer): Buffer =>
  Buffer.concat([reply.subarray(0, reply.length - END.length), Buffer.from(META)]);

if (import.meta.main) announce([await listen(createEcho())]);
