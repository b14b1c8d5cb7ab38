// What can a server do wrong with one HTTP response? Statuses, content types, and event streams cut in every way.
import type { ServerResponse } from "node:http";
import type { Act, Wire } from "./faulty-acts.ts";
import { type Json, result, textResult } from "./faulty-words.ts";

const EVENTS = { "content-type": "text/event-stream" };
const MEBIBYTE = 1024 * 1024;

export const eventOf = (message: Json): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;

/** Closes the connection as a crash of the machine's program does: with a reset, not a farewell. */
export const resetSocket = ({ socket }: ServerResponse): void => void socket?.resetAndDestroy();

/** Writes without end until the other side has gone. */
export function pourInto(response: ServerResponse, block = Buffer.alloc(MEBIBYTE / 16, "x")): void {
  const more = (): void => {
    while (!response.destroyed) if (!response.write(block)) return void response.once("drain", more);
  };
  more();
}

const okOf = ({ id }: Wire): Json => result(id, textResult("ok", { resultType: "complete" }));

/** Streams that hold the whole answer, in odd clothes: it must be found. */
const WHOLE: Readonly<Record<string, (answer: string) => string>> = {
  cr: (answer) => `event: message\rdata: ${answer}\r\r`,
  crlf: (answer) => `event: message\r\ndata: ${answer}\r\n\r\n`,
  comments: (answer) => `:\n: a comment\n\n:\ndata: ${answer}\n\n: more\n\n`,
  bom: (answer) => `\ufeffdata: ${answer}\n\n`,
  fields: (answer) => `id: 7\nretry: 10\nunknown: x\nevent: message\ndata:${answer}\n\n`,
  two_lines: (answer) => `data: ${answer.replace(/,/, ",\ndata: ")}\n\n`,
};

/** Streams that end without an answer. */
const PARTIAL: Readonly<Record<string, (answer: string) => string>> = {
  no_newline: (answer) => `data: ${answer}`,
  one_newline: (answer) => `data: ${answer}\n`,
  half: (answer) => `data: ${answer.slice(0, 20)}`,
  comment_only: () => ": nothing to say\n\n",
  no_data: () => "event: message\n\n",
  empty: () => "",
};

/** Acts on the response of the call's own POST, before anything was written to it. */
export function httpActs(response: ServerResponse): Readonly<Record<string, Act>> {
  const open = (headers: Record<string, string> = EVENTS): ServerResponse => {
    response.writeHead(200, headers).flushHeaders();
    return response;
  };
  return {
    status(_, { status, headers, body }) {
      response.writeHead(Number(status), (headers ?? {}) as Record<string, string>);
      response.end(typeof body === "string" ? body : undefined);
    },
    typed(wire, { type, body }) {
      const headers = type === undefined ? {} : { "content-type": String(type) };
      response.writeHead(200, headers);
      response.end(typeof body === "string" ? body : JSON.stringify(okOf(wire)));
    },
    stream(wire, { how }) {
      const text = WHOLE[String(how)]?.(JSON.stringify(okOf(wire))) ?? eventOf(okOf(wire));
      open().end(text);
    },
    partial_sse(wire, { how }) {
      open().end(PARTIAL[String(how)]?.(JSON.stringify(okOf(wire))));
    },
    bytes(wire) {
      open();
      const bytes = Buffer.from(eventOf(okOf(wire)));
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) return void response.end();
        response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    },
    reset_mid_body(wire) {
      const body = JSON.stringify(okOf(wire));
      open({ "content-type": "application/json", "content-length": String(body.length) });
      response.write(body.slice(0, 30), () => setTimeout(() => resetSocket(response), 20));
    },
    reset_mid_stream(wire) {
      open().write(eventOf(okOf(wire)).slice(0, 30), () => setTimeout(() => resetSocket(response), 20));
    },
  };
}
