// Family 6: is text that is no UTF-8 refused, and all that is UTF-8 taken, wherever fragments and pieces are cut?
import { ASK, BAD_TEXT, type Case, fragments, partsOf, text } from "./cases.ts";
import { BEYOND, KOSME, NOT_UTF8, SEQUENCES, type Sequence } from "./utf8-sequences.ts";

const HEAD = '{"action":"ping","note":"';
const TAIL = '"}';
const HELLO = "Hello-µ@ßöäüàá-UTF-8!!";

/** A request that is answered with `pong` if the bytes within it are good text without control characters. */
const inRequest = (bytes: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(HEAD), Buffer.from(bytes), Buffer.from(TAIL)]);
const parts = (...words: readonly (string | Buffer)[]): Buffer[] => words.map((word) => Buffer.from(word));

const EMPTY: readonly Case[] = [
  { id: "6.1.1", title: "an empty text is answered", frames: [text("")], answers: ["error"] },
  {
    id: "6.1.2",
    title: "a text of three empty fragments is answered",
    frames: fragments(["", "", ""]),
    answers: ["error"],
  },
  {
    id: "6.1.3",
    title: "a text between two empty fragments is answered",
    frames: fragments(["", ASK, ""]),
    answers: ["pong"],
  },
];

const LETTERS: readonly Case[] = [
  {
    id: "6.2.1",
    title: "letters of several bytes are taken whole",
    frames: [text(inRequest(HELLO))],
    answers: ["pong"],
  },
  {
    id: "6.2.2",
    title: "letters of several bytes are taken with a cut between two of them",
    frames: fragments(parts(`${HEAD}Hello-µ@ßöä`, `üàá-UTF-8!!${TAIL}`)),
    answers: ["pong"],
  },
  {
    id: "6.2.3",
    title: "letters of several bytes are taken with cuts within them",
    frames: fragments([...parts(`${HEAD}Hello-`), ...partsOf(`µ@ßöäüàá-UTF-8!!${TAIL}`, 2)]),
    answers: ["pong"],
  },
  {
    id: "6.2.4",
    title: "letters of several bytes are taken a byte in each fragment",
    frames: fragments([...parts(HEAD), ...partsOf(KOSME, 1), ...parts(TAIL)]),
    answers: ["pong"],
  },
];

const LEAD = [Buffer.concat([KOSME, BEYOND.subarray(0, 1)]), BEYOND.subarray(1, 2)];

const BROKEN_TEXT: readonly Case[] = [
  { id: "6.3.1", title: "a surrogate within good text is refused", frames: [text(NOT_UTF8)], end: BAD_TEXT },
  {
    id: "6.3.2",
    title: "a surrogate cut by fragments is refused",
    frames: fragments(partsOf(NOT_UTF8, 2)),
    end: BAD_TEXT,
  },
  {
    id: "6.4.1",
    title: "a fragment beyond the last code point between two good ones is refused",
    frames: fragments(parts(KOSME, BEYOND, "edited")),
    chop: "frames",
    end: BAD_TEXT,
  },
  {
    id: "6.4.2",
    title: "a code point beyond the last one, cut by fragments, is refused",
    frames: fragments([...LEAD, Buffer.concat([BEYOND.subarray(2), Buffer.from("edited")])]),
    chop: "frames",
    end: BAD_TEXT,
  },
  {
    id: "6.4.3",
    title: "a code point beyond the last one in a frame that comes in pieces is refused",
    frames: [text(Buffer.concat([KOSME, BEYOND, Buffer.from("edited")]))],
    chop: 11,
    end: BAD_TEXT,
  },
  {
    id: "6.4.4",
    title: "a code point beyond the last one in a frame that comes byte by byte is refused",
    frames: [text(Buffer.concat([KOSME, BEYOND, Buffer.from("edited")]))],
    chop: 1,
    end: BAD_TEXT,
  },
];

const inHex = (bytes: Buffer): string => (bytes.length > 8 ? `${bytes.length} bytes` : bytes.toString("hex"));

/** Alone the bytes are no JSON; within a request they are the value of a field, where JSON forbids control characters. */
function good(bytes: Buffer): Omit<Case, "id"> {
  const within = (bytes[0] as number) < 0x20 ? "error" : "pong";
  return {
    title: `${inHex(bytes)} is taken`,
    frames: [text(bytes), text(inRequest(bytes))],
    answers: ["error", within],
  };
}
const bad = (bytes: Buffer): Omit<Case, "id"> => ({
  title: `${inHex(bytes)} is refused`,
  frames: [text(bytes)],
  end: BAD_TEXT,
});

const caseOf = ({ bytes, valid }: Sequence): Omit<Case, "id"> => (valid ? good(bytes) : bad(bytes));

const FIRST_GROUP = 5;
const sequenceCases: readonly Case[] = SEQUENCES.flatMap((group, at) =>
  group.sequences.map(caseOf).map((one, nth) => ({
    ...one,
    id: `6.${FIRST_GROUP + at}.${nth + 1}`,
    title: `${group.title}: ${one.title}`,
  })),
);

export const UTF8: readonly Case[] = [...EMPTY, ...LETTERS, ...BROKEN_TEXT, ...sequenceCases];
