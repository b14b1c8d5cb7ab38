// Family 4: is every opcode without a meaning refused, alone and after a message, and never the message before it?
import { BROKEN, type Case, ping, text } from "./cases.ts";

const alone = (id: string, opcode: number, payload: string): Case => ({
  id,
  title: `the opcode ${opcode} ${payload === "" ? "without" : "with"} payload is refused`,
  frames: [{ opcode, payload }],
  end: BROKEN,
});

const afterAsk = (base: Case): Case => ({
  ...base,
  title: `${base.title} after the message before it is answered`,
  frames: [text(), ...base.frames, ping()],
  answers: ["pong"],
});

function family(id: string, [first = 0, second = 0, third = 0, fourth = 0, fifth = 0]: readonly number[]): Case[] {
  const last = afterAsk(alone(`${id}.5`, fifth, "reserved opcode payload"));
  return [
    alone(`${id}.1`, first, ""),
    alone(`${id}.2`, second, "reserved opcode payload"),
    afterAsk(alone(`${id}.3`, third, "")),
    afterAsk(alone(`${id}.4`, fourth, "reserved opcode payload")),
    { ...last, chop: 1, title: `${last.title}, one byte at a time` },
  ];
}

export const OPCODES: readonly Case[] = [...family("4.1", [3, 4, 5, 6, 7]), ...family("4.2", [11, 12, 13, 14, 15])];
