// A stdio server whose every word is markup: names, titles, descriptions, schemas, results, errors, standard error.
// `--refuse`: it answers the handshake with an error, and markup is its reason.
import { createInterface } from "node:readline";
import { MARKUP } from "./dashboard-markup-corpus.ts";

interface Request {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string; readonly name?: string };
}

const first = MARKUP[5] as string;

/** Names are bounded; an index keeps them apart. */
const nameOf = (text: string, index: number): string => `${index} ${text}`.slice(0, 100);

const tools = MARKUP.map((text, index) => ({
  name: nameOf(text, index),
  title: text,
  description: text,
  inputSchema: {
    type: "object",
    properties: {
      [text]: { type: "string", title: text, description: text, default: text },
      choice: { enum: [text, "other"], description: text },
    },
    required: [text],
  },
  annotations: { title: text, readOnlyHint: true },
}));

const content = MARKUP.flatMap((text) => [
  { type: "text", text },
  { type: "image", mimeType: text, data: text },
  {
    type: "image",
    mimeType: "image/svg+xml",
    data: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${text}</svg>`).toString("base64"),
  },
  { type: "resource_link", uri: text, name: text, description: text, mimeType: text },
  { type: "resource", resource: { uri: text, mimeType: "text/html", text } },
  { type: text, text },
]);

const answers: Record<string, (params: Request["params"]) => unknown> = {
  initialize: (params) => ({
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: first, version: first, title: first },
    instructions: first,
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools }),
  "tools/call": () => ({ content, structuredContent: Object.fromEntries(MARKUP.map((text) => [text, text])) }),
};

function answer({ id, method, params }: Request): void {
  if (id === undefined) return;
  const result = answers[method]?.(params);
  const refused = process.argv.includes("--refuse") || result === undefined;
  const outcome = refused ? { error: { code: -32000, message: first, data: MARKUP } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}\n`);
}

process.stderr.write(MARKUP.map((text) => `${text}\n`).join(""));
createInterface({ input: process.stdin }).on("line", (line) => answer(JSON.parse(line) as Request));
