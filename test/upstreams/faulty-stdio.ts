// What can a server do wrong on its standard streams? Framing by hand: half lines, noise, floods, deafness, a tree of processes.
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Act, act, type Wire } from "./faulty-acts.ts";
import { type Mode, modeOf, noteCancelled, noteSeen } from "./faulty-modes.ts";
import { answerOf, type Era, isRequest, type Json, type Message, type Request } from "./faulty-words.ts";

export interface StdioFace {
  readonly name: string;
  readonly folder: string;
  readonly era: Era;
}

const MEBIBYTE = 1024 * 1024;

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

const raw = (text: string | Buffer): void => writeAll(1, Buffer.from(text as string));
const line = (text: string): void => raw(`${text}\n`);

const wireOf = ({ id, params = {} }: Request): Wire => ({
  id,
  params,
  say: (message) => line(JSON.stringify(message)),
  answer: (message) => line(JSON.stringify(message)),
  answerText: line,
  flood() {
    const block = Buffer.alloc(MEBIBYTE, "x");
    for (;;) raw(block);
  },
  cut: () => process.kill(process.pid, "SIGKILL"),
  halves(text, pauseMs) {
    const middle = text.length >> 1;
    raw(text.slice(0, middle));
    setTimeout(() => line(text.slice(middle)), pauseMs);
  },
});

const NOISE: readonly (string | Buffer)[] = [
  "Listening on stdio!\n",
  "\u001b[31mred\u001b[0m\r\n",
  "\ufeff\n",
  "\ufeff{}\r\n",
  "\u0000\u0001\n",
  Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0x0a]),
  '{"jsonrpc":"2.0","id":\n',
  "null\n[]\n42\n\n\r\n",
  `${"[".repeat(10_000)}\n`,
  `${"a".repeat(MEBIBYTE)}\n`,
];

const ok = ({ id }: Wire, words: string): Json => ({
  jsonrpc: "2.0",
  id,
  result: { content: [{ type: "text", text: words }] },
});

const OWN: Readonly<Record<string, Act>> = {
  noise(wire) {
    for (const piece of NOISE) raw(piece);
    wire.answer(ok(wire, "through the noise"));
    for (const piece of NOISE) raw(piece);
  },
  crlf: (wire) => raw(`\ufeff${JSON.stringify(ok(wire, "ok"))}\r\n`),
  flood_lines(wire, { count }) {
    for (let n = 0; n < Number(count); n++) raw(NOISE[n % 8] ?? "\n");
    wire.answer(ok(wire, "ok"));
  },
  stderr(wire, { bytes }) {
    const block = Buffer.from(`${"e".repeat(120)}\n`.repeat(500));
    for (let written = 0; written < Number(bytes); written += block.length) writeAll(2, block);
    wire.answer(ok(wire, "ok"));
  },
  deaf(wire) {
    wire.answer(ok(wire, "deaf from now on"));
    lines?.close();
    process.stdin.pause();
    process.stdin.removeAllListeners("end");
    setInterval(() => {}, 1_000);
  },
};

let lines: ReturnType<typeof createInterface> | undefined;

/** A child, a grandchild, and a descendant that left the session, none of which ends by itself. */
function growTree(): void {
  const loop = "trap '' TERM HUP; while :; do sleep 1; done";
  spawn("sh", ["-c", `sh -c "${loop}" & wait`], { stdio: "ignore" }).unref();
  spawn("setsid", ["sh", "-c", `sh -c "${loop}" &`], { stdio: "ignore", detached: true }).unref();
}

/** What the mode asks of the process before it speaks. Answers whether it shall speak. */
function begin({ name, argument }: Mode): boolean {
  if (name === "exit") {
    writeAll(2, Buffer.from("cannot find my settings\n"));
    process.exit(Number(argument || 1));
  }
  if (name === "tree") growTree();
  if (name === "stubborn" || name === "tree") {
    process.on("SIGTERM", () => {});
    setInterval(() => {}, 1_000);
  }
  if (name === "babble") setInterval(() => NOISE.slice(0, 8).forEach(raw), 20).unref();
  return true;
}

/** Serves until its input ends, or for ever if it is told to. */
export function serveFaultyStdio(face: StdioFace): void {
  noteSeen(face.folder, face.name, "start");
  begin(modeOf(face.folder, face.name));
  lines = createInterface({ input: process.stdin });
  lines.on("line", (text) => receive(JSON.parse(text) as Message, face));
}

function receive(message: Message, face: StdioFace): void {
  if (message.method !== undefined) noteSeen(face.folder, face.name, message.method);
  if (message.method === "notifications/cancelled") noteCancelled(face.folder, face.name);
  const mode = modeOf(face.folder, face.name);
  if (!isRequest(message) || mode.name === "hang" || mode.name === "babble") return;
  if (mode.name === "mute_probe" && message.method === "server/discover") return;
  if (mode.name === "exit_on_probe" && message.method === "server/discover") process.exit(1);
  if (mode.name === "hang_start" && message.method !== "tools/call") return;
  const era = mode.name === "era" ? (mode.argument as Era) : face.era;
  const lie = mode.name === "lie" ? mode.argument : undefined;
  const answer = answerOf(message, { era, lie, extraTool: mode.name === "tool" ? mode.argument : undefined });
  if (answer !== undefined) return line(JSON.stringify(answer));
  if (mode.name === "slow") return void setTimeout(() => act(wireOf(message), face.folder, OWN), Number(mode.argument));
  act(wireOf(message), face.folder, OWN);
}
