// How else can the same JSON be written? Values with random white space and random key order, for tests of what reads bytes.
import * as fc from "fast-check";

const SPACE = fc.constantFrom("", "", "", " ", "\n", "\t ", "\r\n  ");

type Pick = <T>(arbitrary: fc.Arbitrary<T>) => T;

function spell(value: unknown, pick: Pick): string {
  const space = (): string => pick(SPACE);
  const around = (text: string): string => space() + text + space();
  if (Array.isArray(value)) return `[${value.map((item) => around(spell(item, pick))).join(",") || space()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = pick(fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length }));
  const text = members.map(([key, item]) => `${around(JSON.stringify(key))}:${around(spell(item, pick))}`);
  return `{${text.join(",") || space()}}`;
}

/** JSON text of values of `arbitrary`, together with what it says. No white space at either end. */
export const spelled = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<{ value: T; text: string }> =>
  fc.tuple(arbitrary, fc.gen()).map(([given, gen]) => {
    const value = JSON.parse(JSON.stringify(given)) as T;
    return { value, text: spell(value, (choice) => gen(() => choice)) };
  });

/** A whole number, a text, or a text that looks like a number. */
export const requestId = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom<string | number>(0, -5, 2 ** 53 - 1, -(2 ** 53 - 1), "", "0", "1", '"', "\\", "\u2028", "Ω≈ç√", "😀"),
  fc.string({ unit: "grapheme" }),
);

/** Any JSON object, `__proto__` left out because JavaScript literals cannot say it. */
export const jsonObject = fc.dictionary(
  fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 4 }),
  { maxKeys: 6 },
) as fc.Arbitrary<Record<string, unknown>>;
