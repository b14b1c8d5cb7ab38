// How do the tests of this room ask? With requests that add nothing by themselves, and with raw bytes.
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { TOKEN } from "./stage.fixture.ts";

export const AUTH = { authorization: `Bearer ${TOKEN}` };
export const JSON_TYPE = { "content-type": "application/json" };

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export interface Sending {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** One request on its own connection; nothing is added that a browser or fetch would add. */
export function send(base: string, line: string, { headers = {}, body }: Sending = {}): Promise<Reply> {
  const [method = "GET", path = "/"] = line.split(" ");
  return new Promise((resolve, reject) => {
    const req = httpRequest(base + path, { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() }),
      );
      res.on("error", reject);
    });
    req.on("error", reject);
    req.end(body);
  });
}

export const errorOf = (reply: Reply): { code: string; message: string; [more: string]: unknown } =>
  JSON.parse(reply.text).error;
export const post = (body: unknown): Sending => ({ headers: { ...AUTH, ...JSON_TYPE }, body: JSON.stringify(body) });

/** Raw bytes in, everything until the peer closes out. */
export function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}
