// A stdio server that misbehaves as its first argument says, below the SDK's level:
//   hang     never answers anything                  crash    ends at once
//   flap MS  ends so long after its lists were read   babble   writes only what is no message
//   noisy    serves, and writes rubbish between its answers
import { createInterface } from "node:readline";

interface Request {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly protocolVersion?: string };
}

const RUBBISH = [
  "Listening on stdio!",
  '{"jsonrpc":"2.0","id":',
  '{"jsonrpc":"2.0","id":"o2-999999","result":{}}',
  '{"jsonrpc":"2.0","id":424242,"error":{"code":"what","message":7}}',
  "[".repeat(10_000),
  "null",
  "\u0000\u0001\u001b[31mred",
  '[{"jsonrpc":"2.0"}]',
];
const RUBBISH_EVERY_MS = 20;

const [, , way = "", after = "0"] = process.argv;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rubbish = (): void => RUBBISH.forEach(say);

const RESULTS: Readonly<Record<string, (request: Request) => unknown>> = {
  initialize: ({ params }) => ({
    protocolVersion: params?.protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: way, version: "1.0.0" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: [{ name: "hello", inputSchema: { type: "object" } }] }),
  "tools/call": () => ({ content: [{ type: "text", text: "hello" }] }),
};

function serve(line: string): void {
  const request = JSON.parse(line) as Request;
  if (request.id === undefined || request.method === undefined) return;
  const result = RESULTS[request.method]?.(request);
  const body = result === undefined ? { error: { code: -32601, message: "Method not found" } } : { result };
  if (way === "noisy") rubbish();
  if (way === "flap" && request.method === "tools/list") setTimeout(() => process.exit(4), Number(after));
  say(JSON.stringify({ jsonrpc: "2.0", id: request.id, ...body }));
}

if (way === "crash") {
  console.error("cannot find my settings");
  process.exit(3);
}
if (way === "babble" || way === "noisy") setInterval(rubbish, RUBBISH_EVERY_MS).unref();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  if (way === "flap" || way === "noisy") serve(line);
});
