// How is a figure written? At most three significant digits, the unit apart, a dash for what is not known. Pure.

export interface Figure {
  readonly value: string;
  readonly unit: string;
}

export const NONE = "—";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const digits = (value: number): string => String(Number(value.toPrecision(3)));

function scaled(value: number, step: number, units: readonly string[]): Figure {
  let scale = 0;
  let left = value;
  while (Number(left.toPrecision(3)) >= step && scale < units.length - 1) {
    left /= step;
    scale++;
  }
  return { value: digits(left), unit: units[scale] ?? "" };
}

/** A count: `412`, `1.2 k`. */
export const count = (value: number): Figure => scaled(value, 1000, ["", "k", "M", "G"]);

export const bytes = (value: number): Figure => scaled(value, 1024, ["B", "KiB", "MiB", "GiB"]);

/** A share of 0 to 1 as `62 %`; one that is not quite none or all never reads as if it were. */
export function percentage(share: number): Figure {
  const whole = Math.round(share * 100);
  if (share > 0 && whole === 0) return { value: "< 1", unit: "%" };
  if (share < 1 && whole === 100) return { value: "> 99", unit: "%" };
  return { value: String(whole), unit: "%" };
}

/** A length of time in milliseconds: `4.2 ms`, `1.42 s`, `3 m 10 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(ms: number): Figure {
  if (ms < 999.5) return { value: digits(ms), unit: "ms" };
  if (ms < 59_950) return { value: digits(ms / SECOND), unit: "s" };
  const pair = (big: number, small: number, units: readonly [string, string]): Figure => {
    const whole = Math.floor(ms / big);
    const rest = Math.floor((ms % big) / small);
    if (rest === 0) return { value: String(whole), unit: units[0] };
    return { value: `${whole} ${units[0]} ${rest}`, unit: units[1] };
  };
  if (ms < MINUTE) return { value: "1", unit: "m" };
  if (ms < HOUR) return pair(MINUTE, SECOND, ["m", "s"]);
  return ms < DAY ? pair(HOUR, MINUTE, ["h", "m"]) : pair(DAY, HOUR, ["d", "h"]);
}

export const words = ({ value, unit }: Figure): string => (unit ? `${value} ${unit}` : value);

/** Whole seconds until an instant, never below zero: `8 s`, `2 m 5 s`. Both in milliseconds since 1970. */
export const until = (at: number, now: number): string =>
  words(duration(Math.max(0, Math.ceil((at - now) / SECOND)) * SECOND)).replace(/^0 ms$/, "0 s");

export const percent = (share: number): string => words(percentage(share));

const two = (value: number): string => String(value).padStart(2, "0");

/** Local time of day, with the date when it is not today. */
export function clock(at: number, now: number): string {
  const time = new Date(at);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const hours = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return new Date(now).toDateString() === time.toDateString() ? hours : `${day} ${hours}`;
}

/** The moment as a field for a date and a time takes it: of this place, to the second. */
export function localTime(at: number): string {
  const time = new Date(at);
  const shifted = new Date(at - time.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** `1 tool`, `14 tools`: the figure of `count` with its noun. */
export const many = (value: number, noun: string): string => `${words(count(value))} ${noun}${value === 1 ? "" : "s"}`;

/** A sentence's shape: a capital first, unless it starts with the given name, and a full stop last. */
export function sentence(text: string, name = ""): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  const named = name !== "" && trimmed.startsWith(name);
  const start = named ? trimmed : trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(start) ? start : `${start}.`;
}
