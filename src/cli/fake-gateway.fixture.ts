// Whom do the commands' tests ask? An HTTP server with answers by route, and a terminal that keeps what is printed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type Fault, isFault } from "#contract/fault.ts";
import { serverView } from "#contract/sample-view.ts";
import type { ServerView, Status } from "#contract/upstream.ts";
import { type ProgramDeps, runProgram } from "./program.ts";

const TOKEN = "0123456789abcdef";

export const viewOf = (name: string, status: Status, more: Partial<ServerView> = {}): ServerView =>
  serverView(name, { status, tools: 0, ...more });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface FakeGateway {
  readonly asked: { readonly what: string; readonly body: unknown; readonly ifMatch?: string }[];
  /** What was printed. */
  readonly out: string[];
  /** By method and path; anything else gets a page that is no gateway's. */
  answers: Record<string, Answer>;
  reset(answers: Record<string, Answer>): void;
  deps(more?: { token?: string | null; interactive?: boolean }): ProgramDeps;
  run(...argv: string[]): Promise<number>;
  close(): void;
}

export async function fakeGateway(): Promise<FakeGateway> {
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const what = `${request.method} ${request.url}`;
      const ifMatch = request.headers["if-match"];
      gateway.asked.push({ what, body, ...(ifMatch === undefined ? {} : { ifMatch }) });
      const authorized = request.headers.authorization === `Bearer ${TOKEN}`;
      const answer = authorized
        ? (gateway.answers[what] ?? { status: 404, body: "<html>" })
        : { status: 401, body: { error: { code: "UNAUTHENTICATED", message: "no" } } };
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(answer.status === 204 ? undefined : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway: FakeGateway = {
    asked: [],
    out: [],
    answers: {},
    reset(answers) {
      gateway.asked.length = 0;
      gateway.out.length = 0;
      gateway.answers = answers;
    },
    deps: ({ token = TOKEN, interactive = false } = {}) => ({
      version: "1.2.3",
      terminal: { print: (text) => void gateway.out.push(text), width: 100, interactive },
      serveFlags: [],
      address: (flags) => ({ url: flags.url ?? url, token, tokenFile: null }),
      validate: async () => 0,
      readDocument: async (file) => JSON.parse(await readFile(file, "utf8")),
      doctor: async () => 0,
      validation: { quick: async () => 0, simple: async () => 0, comprehensive: async () => 0 },
    }),
    run: (...argv) => runProgram(argv, gateway.deps()),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return gateway;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const text = Buffer.concat(await request.toArray()).toString();
  return text === "" ? undefined : JSON.parse(text);
}

/** The fault that a command ends with. */
export const refusal = (promise: Promise<number>): Promise<Fault> =>
  promise.then(
    () => assert.fail("was accepted"),
    (error: unknown) => (isFault(error) ? error : assert.fail(String(error))),
  );
