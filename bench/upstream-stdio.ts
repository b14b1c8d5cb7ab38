// The benchmark's MCP server over standard input and output: one line in, one line out, in the order of arrival.
import { answer, type RpcMessage } from "./answers.ts";
import { createLineSplitter } from "./lines.ts";

const NEWLINE = Buffer.from("\n");

const take = createLineSplitter((line) => {
  const reply = answer(JSON.parse(line.toString()) as RpcMessage);
  if (reply !== undefined) process.stdout.write(Buffer.concat([reply, NEWLINE]));
});
process.stdin.on("data", take);
process.stdin.on("end", () => process.exit(0));
