// A stdio server whose behaviour is chosen per request by its method. `--stubborn`: survives the end of its input and
// SIGTERM. `--tree`: has a child, a grandchild and a descendant that left its session, all of them stubborn.
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

interface Request {
  readonly id?: string | number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

const say = (message: unknown): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

/** Writes everything before it returns, whoever reads how slowly. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

const behaviours: Record<string, (request: Request) => void> = {
  echo: ({ id, params }) => say({ jsonrpc: "2.0", id, result: params }),
  later: ({ id, params }) =>
    void setTimeout(() => say({ jsonrpc: "2.0", id, result: { n: params.n } }), params.delayMs as number),
  silent: () => {},
  raw: ({ params }) => writeAll(1, Buffer.from(params.base64 as string, "base64")),
  exit: ({ params }) => process.exit(params.code as number),
  environment: ({ id }) => say({ jsonrpc: "2.0", id, result: process.env }),
  progress: ({ id }) => {
    say({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: id, progress: 1 } });
    say({ jsonrpc: "2.0", id, result: {} });
  },
  complain: ({ id, params }) => {
    const line = Buffer.from(params.line as string);
    const block = Buffer.concat(new Array(Math.ceil(65_536 / line.length)).fill(line));
    for (let written = 0; written < (params.bytes as number); written += block.length) writeAll(2, block);
    say({ jsonrpc: "2.0", id, result: {} });
  },
  deaf: ({ id }) => {
    say({ jsonrpc: "2.0", id, result: {} });
    lines.close();
    process.stdin.pause();
    process.stdin.removeAllListeners("end");
    setInterval(() => {}, 1000);
  },
};

if (process.argv.includes("--stubborn")) {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1000);
}
if (process.argv.includes("--tree")) {
  const loop = "trap '' TERM HUP; while :; do sleep 1; done";
  spawn("sh", ["-c", `sh -c "${loop}" & sh -c "${loop}" & wait`], { stdio: "ignore" }).unref();
  // Its parent exits at once, so that nothing but the namespace or the marker leads to it.
  spawn("setsid", ["sh", "-c", `sh -c "${loop}" &`], { stdio: "ignore", detached: true }).unref();
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const request = JSON.parse(line) as Request;
  behaviours[request.method]?.(request);
});
