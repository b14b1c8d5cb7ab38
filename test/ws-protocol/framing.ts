// Family 1: are messages of every length class read rightly, text and binary, whole and in pieces?
import { binary, type Case, MAX_MESSAGE_BYTES, padded, TOO_BIG, text } from "./cases.ts";
import type { Chop } from "./raw.ts";

/** Around the bounds of the three forms of the length field. */
const LENGTHS: readonly (readonly [bytes: number, chop: Chop])[] = [
  [0, "whole"],
  [125, "whole"],
  [126, "whole"],
  [127, "whole"],
  [128, "whole"],
  [65_535, "whole"],
  [65_536, "whole"],
  [65_536, 997],
];

const shape = (bytes: number, chop: Chop): string =>
  `of ${bytes} bytes${chop === "whole" ? "" : `, ${chop} at a time`}`;

function textCase([bytes, chop]: readonly [number, Chop], at: number): Case {
  const common = { id: `1.1.${at + 1}`, frames: [text(bytes === 0 ? "" : padded(bytes))], chop };
  if (bytes > MAX_MESSAGE_BYTES)
    return { ...common, title: `a text message ${shape(bytes, chop)} is too big`, end: TOO_BIG };
  const answer = bytes === 0 ? "error" : "pong";
  return { ...common, title: `a text message ${shape(bytes, chop)} is answered with ${answer}`, answers: [answer] };
}

function binaryCase([bytes, chop]: readonly [number, Chop], at: number): Case {
  const common = { id: `1.2.${at + 1}`, frames: [binary(Buffer.alloc(bytes, 0xfe))], chop };
  if (bytes > MAX_MESSAGE_BYTES)
    return { ...common, title: `a binary message ${shape(bytes, chop)} is too big`, end: TOO_BIG };
  return { ...common, title: `a binary message ${shape(bytes, chop)} is answered with error`, answers: ["error"] };
}

export const FRAMING: readonly Case[] = [...LENGTHS.map(textCase), ...LENGTHS.map(binaryCase)];
