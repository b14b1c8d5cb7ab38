// How is a stream of bytes cut into lines with the least work? Lines come out without their newline.

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 1_048_576;

/** Answers a function that takes chunks; `onLine` gets each whole line. Throws when a line exceeds 1 MiB. */
export function createLineSplitter(onLine: (line: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer[] = [];
  let restBytes = 0;
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const part = chunk.subarray(from, at);
      onLine(rest.length === 0 ? part : Buffer.concat([...rest, part]));
      rest = [];
      restBytes = 0;
      from = at + 1;
    }
    if (from === chunk.length) return;
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > MAX_LINE_BYTES) throw new Error("A line of the stdio child is longer than 1 MiB");
  };
}
