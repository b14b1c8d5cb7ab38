// Which wrong things can a faulty server do with one tool call, whatever the transport? One entry per word of the tool `behave`.
// What only one transport can do wrong is beside that transport.
import { noteExecution } from "./faulty-modes.ts";
import { failure, type Id, type Json, result, textResult } from "./faulty-words.ts";

/** One tool call in hand, and the ways to answer it well or badly. */
export interface Wire {
  readonly id: Id;
  readonly params: Json;
  /** Sends a message ahead of the answer. */
  say(message: Json): void;
  /** Sends the answer, well framed, whatever it says. */
  answer(message: Json): void;
  /** The same, from text that may not be JSON. */
  answerText(text: string): void;
  /** Begins the answer and never stops sending it. */
  flood(): void;
  /** Breaks the connection without a word; on stdio the process dies. */
  cut(): void;
  /** Sends the answer in two halves with a pause between them. */
  halves(text: string, pauseMs: number): void;
}

export type Arguments = Json & { readonly do?: string; readonly key?: string };
export type Act = (wire: Wire, args: Arguments) => void;

const number = (value: unknown, otherwise: number): number => (typeof value === "number" ? value : otherwise);
const ok = ({ id }: Wire, words = "ok"): Json => result(id, textResult(words, { resultType: "complete" }));
const okText = (wire: Wire): string => JSON.stringify(ok(wire));
const envelope = ({ id }: Wire, member: string): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${member}}`;
const withText = (wire: Wire, quoted: string): string =>
  envelope(wire, `"result":{"content":[{"type":"text","text":${quoted}}],"resultType":"complete"}`);

const progressTokenOf = ({ params }: Wire): unknown => (params._meta as Json | undefined)?.progressToken;

const noteOf = (method: string, params: Json = {}): Json => ({ jsonrpc: "2.0", method, params });

/** Says `count` messages, `portion` at a time with `pauseMs` between, and answers at the end unless it `stays`. */
function storm(wire: Wire, args: Arguments, message: (n: number) => Json): void {
  const wanted = number(args.count, 100);
  let said = 0;
  const more = (): void => {
    for (const end = Math.min(wanted, said + number(args.portion, 500)); said < end; said++) wire.say(message(said));
    if (said < wanted) setTimeout(more, number(args.pauseMs, 0));
    else if (args.stays === undefined) wire.answer(ok(wire));
  };
  more();
}

const WRONG_IDS: Readonly<Record<string, (id: Id) => unknown>> = {
  unknown: () => "o2-999999999",
  foreign: () => "somebody-else",
  number: (id) => Number(String(id).replace(/\D/g, "")),
  padded: (id) => ` ${id}`,
  null: () => null,
  zero: () => 0,
};

export const ACTS: Readonly<Record<string, Act>> = {
  ok: (wire) => wire.answer(ok(wire)),
  hang: () => {},
  slow: (wire, { ms }) => void setTimeout(() => wire.answer(ok(wire)), number(ms, 1_000)),
  exit: (_, { code }) => process.exit(number(code, 1)),
  exit_later(wire, { code, ms }) {
    wire.answer(ok(wire));
    setTimeout(() => process.exit(number(code, 1)), number(ms, 50));
  },
  die: () => process.kill(process.pid, "SIGKILL"),
  freeze: () => process.kill(process.pid, "SIGSTOP"),
  reset: (wire) => wire.cut(),
  garbage: (wire) => wire.answerText("this is not JSON"),
  truncated: (wire) => wire.answerText(okText(wire).slice(0, -5)),
  big: (wire, { bytes }) => wire.answer(ok(wire, "x".repeat(number(bytes, 1_000)))),
  endless: (wire) => wire.flood(),
  deep(wire, { levels }) {
    const depth = number(levels, 100_000);
    const nested = "[".repeat(depth) + "]".repeat(depth);
    wire.answerText(envelope(wire, `"result":{"content":[],"structuredContent":${nested}}`));
  },
  wrong_id(wire, { how }) {
    const id = WRONG_IDS[String(how)]?.(wire.id);
    wire.answer(result(id, textResult("not for you")));
  },
  wrong_id_first(wire, { how }) {
    const id = WRONG_IDS[String(how)]?.(wire.id);
    wire.say(result(id, textResult("not for you")));
    wire.answer(ok(wire));
  },
  twice(wire) {
    wire.say(ok(wire, "first"));
    wire.answer(ok(wire, "second"));
  },
  both: (wire) => wire.answer({ ...ok(wire), error: { code: -32000, message: "and an error" } }),
  neither: (wire) => wire.answer({ jsonrpc: "2.0", id: wire.id }),
  odd_result: (wire) => wire.answer(result(wire.id, "a text where an object belongs")),
  error: (wire, { code }) => wire.answer(failure(wire.id, number(code, -32603), "the server says no")),
  tool_error: (wire) => wire.answer(result(wire.id, textResult("sorry", { isError: true, resultType: "complete" }))),
  numbers: (wire) =>
    wire.answerText(envelope(wire, '"result":{"content":[],"structuredContent":{"a":1e400,"b":9007199254740993}}')),
  proto: (wire) =>
    wire.answerText(
      envelope(
        wire,
        '"result":{"content":[],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"resultType":"complete"}',
      ),
    ),
  repeated_keys: (wire) => wire.answerText(`{"jsonrpc":"2.0","id":${JSON.stringify(wire.id)},"result":{},"result":{}}`),
  surrogates: (wire) => wire.answerText(withText(wire, '"\\ud83d \\u0000 \\u202e \\u200b"')),
  progress(wire, args) {
    const progressToken = progressTokenOf(wire);
    storm(wire, args, (progress) => noteOf("notifications/progress", { progressToken, progress }));
  },
  changed: (wire, args) => storm(wire, args, () => noteOf("notifications/tools/list_changed")),
  logs(wire, args) {
    const data = "x".repeat(number(args.bytes, 10));
    storm(wire, args, () => noteOf("notifications/message", { level: "info", data }));
  },
  halves: (wire, { ms }) => wire.halves(okText(wire), number(ms, 200)),
};

/** With this status a server says that it has not even begun. */
const TOO_MANY = 429;

/** Runs one call of `echo`, `behave` or `add_one`. `own` holds what only this transport can do. */
export function act(wire: Wire, folder: string, own: Readonly<Record<string, Act>>): void {
  const args = (wire.params.arguments ?? {}) as Arguments;
  if (wire.params.name === "echo") return wire.answer(ok(wire, String(args.message)));
  if (wire.params.name === "add_one" && args.key !== undefined && args.status !== TOO_MANY)
    noteExecution(folder, args.key);
  const word = args.do ?? "ok";
  const chosen = own[word] ?? ACTS[word];
  if (chosen === undefined) return wire.answer(failure(wire.id, -32602, `nobody knows how to do ${word}`));
  chosen(wire, args);
}
