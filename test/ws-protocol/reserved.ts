// Family 3: does a reserved bit that no extension has claimed end the connection, and only from that frame on?
import { ASK, BROKEN, binary, type Case, close, ping, text } from "./cases.ts";
import type { Chop } from "./raw.ts";

const afterAsk = (id: string, rsv: number, chop: Chop): Case => ({
  id,
  title: `reserved bits ${rsv} in the second of two text messages (${chop}) are refused after the first is answered`,
  frames: [text(), text(ASK, { rsv }), ping()],
  chop,
  answers: ["pong"],
  end: BROKEN,
});

export const RESERVED: readonly Case[] = [
  { id: "3.1", title: "reserved bits 1 in a text message are refused", frames: [text(ASK, { rsv: 1 })], end: BROKEN },
  afterAsk("3.2", 2, "whole"),
  afterAsk("3.3", 3, "frames"),
  { ...afterAsk("3.4", 4, 1), title: "reserved bits 4, one byte at a time, are refused after the first is answered" },
  {
    id: "3.5",
    title: "reserved bits 5 in a binary message are refused",
    frames: [binary(Buffer.alloc(8, 0xff), { rsv: 5 })],
    end: BROKEN,
  },
  { id: "3.6", title: "reserved bits 6 in a ping are refused", frames: [ping("hello", { rsv: 6 })], end: BROKEN },
  {
    id: "3.7",
    title: "reserved bits 7 in a close frame are refused",
    frames: [{ ...close(1000), rsv: 7 }],
    end: BROKEN,
  },
];
