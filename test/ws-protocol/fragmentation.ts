// Family 5: are messages put together from their fragments, control frames served between them, and stray fragments refused?
import { answerTo, BROKEN, type Case, continuation, fragments, ping, pong, text } from "./cases.ts";
import type { FrameSpec } from "./frame.ts";
import type { Chop } from "./raw.ts";

const HALVES = ['{"action"', ':"ping"}'] as const;
const FIFTHS = ['{"ac', "tion", '":"p', 'ing"', "}"] as const;
const CHOPS: readonly Chop[] = ["whole", "frames", 1];
const NAMES: Readonly<Record<Chop, string>> = { whole: "at once", frames: "frame by frame", 1: "byte by byte" };

/** The same case written in three ways. */
const inThreeWays = (first: number, base: Omit<Case, "id">): Case[] =>
  CHOPS.map((chop, at) => ({ ...base, id: `5.${first + at}`, title: `${base.title}, ${NAMES[chop]}`, chop }));

const [head, tail] = fragments(HALVES) as [FrameSpec, FrameSpec];
const [one, two, three, four, five] = fragments(FIFTHS) as [FrameSpec, FrameSpec, FrameSpec, FrameSpec, FrameSpec];
const withPings: readonly FrameSpec[] = [one, two, ping("first"), three, four, ping("second"), five];
const strayTwice = (fin: boolean): FrameSpec[] => {
  const round = [continuation("stray", { fin }), text(HALVES[0], { fin: false }), continuation(HALVES[1])];
  return [...round, ...round];
};

export const FRAGMENTATION: readonly Case[] = [
  {
    id: "5.1",
    title: "a ping in two fragments is refused",
    frames: [ping("half", { fin: false }), continuation("half")],
    end: BROKEN,
  },
  {
    id: "5.2",
    title: "a pong in two fragments is refused",
    frames: [pong("half", { fin: false }), continuation("half")],
    end: BROKEN,
  },
  ...inThreeWays(3, { title: "a message in two fragments is answered", frames: [head, tail], answers: ["pong"] }),
  ...inThreeWays(6, {
    title: "a ping between two fragments is answered before the message",
    frames: [head, ping("between"), tail],
    answers: [answerTo("between"), "pong"],
  }),
  ...inThreeWays(9, {
    title: "a last fragment of nothing is refused",
    frames: [continuation("stray"), text()],
    end: BROKEN,
  }),
  ...inThreeWays(12, {
    title: "a first continuation of nothing is refused",
    frames: [continuation("stray", { fin: false }), text()],
    end: BROKEN,
  }),
  {
    id: "5.15",
    title: "a continuation after a finished message is refused, the message answered",
    frames: [head, tail, continuation("stray", { fin: false }), text()],
    answers: ["pong"],
    end: BROKEN,
  },
  {
    id: "5.16",
    title: "messages that begin with an open continuation are refused",
    frames: strayTwice(false),
    end: BROKEN,
  },
  {
    id: "5.17",
    title: "messages that begin with a last continuation are refused",
    frames: strayTwice(true),
    end: BROKEN,
  },
  {
    id: "5.18",
    title: "a second text frame before the first message has ended is refused",
    frames: [head, text(HALVES[1])],
    end: BROKEN,
  },
  {
    id: "5.19",
    title: "two pings among five fragments are answered before the message, at once",
    frames: withPings,
    answers: [answerTo("first"), answerTo("second"), "pong"],
  },
  {
    id: "5.20",
    title: "two pings among five fragments are answered before the message, frame by frame",
    frames: withPings,
    chop: "frames",
    answers: [answerTo("first"), answerTo("second"), "pong"],
  },
];
