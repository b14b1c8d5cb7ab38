// Family 2: is each ping answered with its own payload, in order, and are pongs that nobody asked for let pass?
import { answerTo, BROKEN, type Case, ping, pong } from "./cases.ts";

const BYTES = Buffer.from([0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff]);
const LONGEST = Buffer.alloc(125, 0xfe);
const TEN = Array.from({ length: 10 }, (_, at) => `payload-${at}`);

export const PINGS: readonly Case[] = [
  { id: "2.1", title: "a ping without payload is answered", frames: [ping()], answers: [answerTo()] },
  {
    id: "2.2",
    title: "a ping with text is answered with that text",
    frames: [ping("Hello, world!")],
    answers: [answerTo("Hello, world!")],
  },
  {
    id: "2.3",
    title: "a ping with bytes that are no UTF-8 is answered with those bytes",
    frames: [ping(BYTES)],
    answers: [answerTo(BYTES)],
  },
  { id: "2.4", title: "a ping of 125 bytes is answered", frames: [ping(LONGEST)], answers: [answerTo(LONGEST)] },
  { id: "2.5", title: "a ping of 126 bytes is refused", frames: [ping(Buffer.alloc(126, 0xfe))], end: BROKEN },
  {
    id: "2.6",
    title: "a ping of 125 bytes, one byte at a time, is answered",
    frames: [ping(LONGEST)],
    chop: 1,
    answers: [answerTo(LONGEST)],
  },
  { id: "2.7", title: "a pong without payload that nobody asked for is let pass", frames: [pong()] },
  { id: "2.8", title: "a pong with payload that nobody asked for is let pass", frames: [pong("unsolicited")] },
  {
    id: "2.9",
    title: "a ping after a pong that nobody asked for is answered",
    frames: [pong("unsolicited"), ping("ping payload")],
    answers: [answerTo("ping payload")],
  },
  {
    id: "2.10",
    title: "ten pings are answered in order",
    frames: TEN.map((it) => ping(it)),
    answers: TEN.map(answerTo),
  },
  {
    id: "2.11",
    title: "ten pings, one byte at a time, are answered in order",
    frames: TEN.map((it) => ping(it)),
    chop: 1,
    answers: TEN.map(answerTo),
  },
];
