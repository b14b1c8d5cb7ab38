// Beyond the seven families: where do the gateway's own limits lie, and does it hold them to the byte?
import {
  ASK,
  answerTo,
  BROKEN,
  binary,
  type Case,
  close,
  continuation,
  fragments,
  MAX_FRAGMENTS,
  MAX_MESSAGE_BYTES,
  padded,
  partsOf,
  ping,
  pong,
  TOO_BIG,
  TOO_MANY_PARTS,
  text,
} from "./cases.ts";
import { OPCODE } from "./frame.ts";

const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const HALF = MAX_MESSAGE_BYTES / 2;
const longest = padded(MAX_MESSAGE_BYTES);
/** A frame that states a length and then brings next to nothing. */
const stating = (statedLength: bigint) => text("few", { statedLength });

const SIZES: readonly Case[] = [
  { id: "size.1", title: "a message of 16 KiB is answered", frames: [text(longest)], answers: ["pong"] },
  { id: "size.2", title: "one byte more is too big", frames: [text(`${longest} `)], end: TOO_BIG },
  { id: "size.3", title: "one byte more of bytes is too big", frames: [binary(`${longest} `)], end: TOO_BIG },
  {
    id: "size.4",
    title: "16 KiB in two fragments are answered",
    frames: fragments(partsOf(longest, HALF)),
    answers: ["pong"],
  },
  {
    id: "size.5",
    title: "one byte more in two fragments is too big",
    frames: fragments([...partsOf(longest, HALF).slice(0, 1), `${" ".repeat(HALF)} `]),
    end: TOO_BIG,
  },
  { id: "size.6", title: "a stated length of 2^32 is too big at once", frames: [stating(2n ** 32n)], end: TOO_BIG },
  { id: "size.7", title: "a stated length of 2^53 is too big at once", frames: [stating(2n ** 53n)], end: TOO_BIG },
  {
    id: "size.8",
    title: "a stated length of 2^64-1 is too big at once",
    frames: [stating(2n ** 64n - 1n)],
    end: TOO_BIG,
  },
  {
    id: "size.9",
    title: "a ping whose length takes eight bytes is refused",
    frames: [ping("", { statedLength: 125n })],
    end: BROKEN,
  },
  { id: "size.10", title: "10 MB after the refusal do no harm", frames: [text("x".repeat(10_000_000))], end: TOO_BIG },
];

const PARTS: readonly Case[] = [
  {
    id: "parts.1",
    title: `${MAX_FRAGMENTS} fragments are answered`,
    frames: fragments([...many(MAX_FRAGMENTS - 1, () => ""), ASK]),
    answers: ["pong"],
  },
  {
    id: "parts.2",
    title: `${MAX_FRAGMENTS + 1} fragments are too many`,
    frames: fragments([...many(MAX_FRAGMENTS, () => ""), ASK]),
    end: TOO_MANY_PARTS,
  },
  {
    id: "parts.3",
    title: "10,000 fragments of one byte are too many",
    frames: fragments(many(10_000, () => "x")),
    end: TOO_MANY_PARTS,
  },
  {
    id: "parts.4",
    title: "10,000 empty fragments of a binary message are too many",
    frames: fragments(
      many(10_000, () => ""),
      OPCODE.binary,
    ),
    end: TOO_MANY_PARTS,
  },
  {
    id: "parts.5",
    title: "1,000 pings among the fragments of one message count for none",
    frames: [text(ASK.slice(0, 5), { fin: false }), ...many(1_000, (at) => ping(`${at}`)), continuation(ASK.slice(5))],
    answers: [...many(1_000, (at) => answerTo(`${at}`)), "pong"],
  },
  ...[2, 3, 7, 64].map(
    (chop, at): Case => ({
      id: `parts.${6 + at}`,
      title: `three messages, ${chop} bytes at a time, are answered`,
      frames: [text(), binary("bytes"), text(padded(130))],
      chop,
      answers: ["pong", "error", "pong"],
    }),
  ),
  {
    id: "parts.10",
    title: "the longest message in pieces of 997 bytes is answered",
    frames: [text(longest)],
    chop: 997,
    answers: ["pong"],
  },
];

const NO_MASK = { mask: null };
const MASKS: readonly Case[] = [
  { id: "mask.1", title: "a text without a mask is refused", frames: [text(ASK, NO_MASK)], end: BROKEN },
  { id: "mask.2", title: "a ping without a mask is refused", frames: [ping("", NO_MASK)], end: BROKEN },
  { id: "mask.3", title: "a close without a mask is refused", frames: [{ ...close(1000), ...NO_MASK }], end: BROKEN },
  {
    id: "mask.4",
    title: "a continuation without a mask is refused",
    frames: [text(ASK, { fin: false }), continuation("", NO_MASK)],
    end: BROKEN,
  },
  { id: "mask.5", title: "a mask of zeros is a mask", frames: [text(ASK, { mask: [0, 0, 0, 0] })], answers: ["pong"] },
];

const AMOUNTS: readonly Case[] = [
  {
    id: "amount.1",
    title: "2,000 messages at once are all answered in order",
    frames: many(2_000, (at) => (at % 2 === 0 ? text() : binary(""))),
    answers: many(2_000, (at) => (at % 2 === 0 ? "pong" : "error")),
  },
  { id: "amount.2", title: "10,000 pongs that nobody asked for are let pass", frames: many(10_000, () => pong("x")) },
  {
    id: "amount.3",
    title: "a request sent as bytes is answered with error, as one message and in fragments",
    frames: [binary(ASK), ...fragments(partsOf(ASK, 4), OPCODE.binary)],
    answers: ["error", "error"],
  },
  {
    id: "amount.4",
    title: "an action nobody knows, a number, a list, deep nesting and no JSON are each answered with error",
    frames: ['{"action":"launch"}', "1", "[]", "[".repeat(10_000), "{", '{"__proto__":{"action":"ping"}}'].map((it) =>
      text(it),
    ),
    answers: many(6, () => "error"),
  },
];

export const LIMITS: readonly Case[] = [...SIZES, ...PARTS, ...MASKS, ...AMOUNTS];
