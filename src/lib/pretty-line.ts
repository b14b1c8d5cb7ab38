// How does one line of the log read on a terminal? Service, message, then what the message does not say yet. Pure.
import { stripVTControlCharacters } from "node:util";

export interface LoggedLine {
  readonly msg?: string;
  readonly service?: string;
  readonly [field: string]: unknown;
}

/** Fields shown elsewhere on the line, or below it. */
const PLACED = new Set(["level", "time", "service", "msg", "err"]);

/** `quiet` dims what is there for completeness. Control characters are left out: a server's words may be in the line. */
export function prettyLine(line: LoggedLine, quiet: (text: string) => string = (text) => text): string {
  const { msg = "", service } = line;
  const source = service === undefined || msg.startsWith(service) ? "" : quiet(`${oneLine(service)}: `);
  const known = new Set(msg.split(/\s+/));
  const fields = Object.entries(line)
    .filter(([name, value]) => !PLACED.has(name) && value !== undefined && !known.has(String(value)))
    .map(([name, value]) => `${oneLine(name)}=${oneLine(shown(value))}`);
  return [source + oneLine(msg), ...(fields.length === 0 ? [] : [quiet(fields.join(" "))])].join("  ");
}

const shown = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const oneLine = (text: string): string => stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
