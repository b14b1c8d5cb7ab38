// Family 7: is a close frame answered once and with its own code, nothing served after it, and a wrong one refused?
import {
  ASK,
  answerTo,
  BAD_TEXT,
  BROKEN,
  type Case,
  close,
  continuation,
  MAX_MESSAGE_BYTES,
  padded,
  ping,
  text,
} from "./cases.ts";
import { OPCODE } from "./frame.ts";
import { NOT_UTF8 } from "./utf8-sequences.ts";

const VALID = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
const INVALID = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
/** Beyond what anybody may use. */
const UNKNOWN = [5000, 65_535];

const ORDER: readonly Case[] = [
  {
    id: "7.1.1",
    title: "a message before the close is answered",
    frames: [text(), close(1000)],
    answers: ["pong"],
    end: 1000,
  },
  { id: "7.1.2", title: "two close frames are answered once", frames: [close(1000), close(1000)], end: 1000 },
  { id: "7.1.3", title: "a ping after the close is not answered", frames: [close(1000), ping("late")], end: 1000 },
  { id: "7.1.4", title: "a message after the close is not answered", frames: [close(1000), text()], end: 1000 },
  {
    id: "7.1.5",
    title: "a message that the close interrupts is not answered",
    frames: [text(ASK.slice(0, 5), { fin: false }), close(1000), continuation(ASK.slice(5))],
    end: 1000,
  },
  {
    id: "7.1.6",
    title: "the longest message and a ping before the close are answered",
    frames: [text(padded(MAX_MESSAGE_BYTES)), ping("last"), close(1000)],
    answers: ["pong", answerTo("last")],
    end: 1000,
  },
];

const PAYLOADS: readonly Case[] = [
  { id: "7.3.1", title: "a close without payload is answered without one", frames: [close()], end: "no code" },
  {
    id: "7.3.2",
    title: "a close of one byte is refused",
    frames: [{ opcode: OPCODE.close, payload: "a" }],
    end: BROKEN,
  },
  { id: "7.3.3", title: "a close with a code is answered", frames: [close(1000)], end: 1000 },
  {
    id: "7.3.4",
    title: "a close with a code and a reason is answered",
    frames: [close(1000, "Hello World!")],
    end: 1000,
  },
  {
    id: "7.3.5",
    title: "a close with a reason of 123 bytes is answered",
    frames: [close(1000, "*".repeat(123))],
    end: 1000,
  },
  {
    id: "7.3.6",
    title: "a close with a reason of 124 bytes is refused",
    frames: [close(1000, "*".repeat(124))],
    end: BROKEN,
  },
  { id: "7.5.1", title: "a reason that is no UTF-8 is refused", frames: [close(1000, NOT_UTF8)], end: BAD_TEXT },
];

const withCode = (id: string, code: number): Case => ({
  id,
  title: `a close with ${code} is answered with ${code}`,
  frames: [close(code)],
  end: code,
});
const withBadCode = (id: string, code: number): Case => ({
  id,
  title: `a close with ${code} is refused`,
  frames: [close(code)],
  end: BROKEN,
});

export const CLOSING: readonly Case[] = [
  ...ORDER,
  ...PAYLOADS,
  ...VALID.map((code, at) => withCode(`7.7.${at + 1}`, code)),
  ...INVALID.map((code, at) => withBadCode(`7.9.${at + 1}`, code)),
  ...UNKNOWN.map((code, at) => withBadCode(`7.13.${at + 1}`, code)),
];
