// What did a server say on standard error lately? Bounded in lines, bytes and log rate, however much it says; control
// characters are escaped and the values of its secrets are covered.
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";

export interface StderrTail {
  push(chunk: Buffer): void;
  /** Ends the last line, if it has no newline. */
  end(): void;
  /** Newest lines, oldest first. */
  lines(): string[];
}

export interface StderrTailOptions {
  readonly server: string;
  /** The server's own variables; values of those whose names sound secret are covered in every line. */
  readonly env: Readonly<Record<string, string>>;
  readonly world: World;
  readonly log: Log;
}

const MAX_LINE_BYTES = 2 * 1024;
const MAX_TAIL_BYTES = 64 * 1024;
const MAX_LOGGED_PER_SECOND = 20;
const MIN_SECRET_LENGTH = 6;
const SECRET_NAME = /key|token|secret|passw|pwd|credential|auth|dsn|cookie|private|(^|_)url$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose.
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const LF = 0x0a;

export function createStderrTail(options: StderrTailOptions): StderrTail {
  const cover = coverSecrets(options.env);
  const report = limitedReport(options);
  let tail: string[] = [];
  let tailBytes = 0;
  let partial: Buffer = Buffer.alloc(0);

  const add = (raw: Buffer): void => {
    const line = cover(printable(raw));
    if (line === "") return;
    tail.push(line);
    tailBytes += line.length;
    // Trimmed in strides, so that a flood does not shift the array once per line.
    if (tailBytes > 2 * MAX_TAIL_BYTES) trim();
    report(line);
  };
  const trim = (): void => {
    let from = tail.length;
    let kept = 0;
    while (from > 0 && kept + (tail[from - 1] as string).length <= MAX_TAIL_BYTES)
      kept += (tail[--from] as string).length;
    tail = tail.slice(from);
    tailBytes = kept;
  };
  // One byte more than a line may have is kept, so that a cut line is known to be cut.
  const keep = (part: Buffer): void => {
    const room = MAX_LINE_BYTES + 1 - partial.length;
    if (room > 0) partial = Buffer.concat([partial, part.subarray(0, room)]);
  };

  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
        keep(chunk.subarray(from, at));
        add(partial);
        partial = Buffer.alloc(0);
        from = at + 1;
      }
      if (from < chunk.length) keep(chunk.subarray(from));
    },
    end() {
      add(partial);
      partial = Buffer.alloc(0);
    },
    lines() {
      trim();
      return tail.slice();
    },
  };
}

function printable(raw: Buffer): string {
  const cut = raw.length > MAX_LINE_BYTES;
  const text = raw.toString("utf8", 0, MAX_LINE_BYTES).trimEnd();
  const safe = text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });
  return cut ? `${safe} [cut]` : safe;
}

function coverSecrets(env: Readonly<Record<string, string>>): (line: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => SECRET_NAME.test(name) && value.length >= MIN_SECRET_LENGTH)
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length);
  return (line) => secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line);
}

function limitedReport({ server, world, log }: StderrTailOptions): (line: string) => void {
  let second = 0;
  let logged = 0;
  let suppressed = 0;
  return (line) => {
    const now = Math.floor(world.now() / 1000);
    if (now !== second) {
      if (suppressed > 0) log.debug({ server, suppressed }, "server wrote more to stderr than is logged");
      second = now;
      logged = 0;
      suppressed = 0;
    }
    if (logged < MAX_LOGGED_PER_SECOND) {
      logged++;
      log.debug({ server, line }, "server stderr");
    } else suppressed++;
  };
}
