// Which byte sequences are UTF-8 and which only look like it? Group by group after Markus Kuhn's decoder stress test.

export interface SequenceGroup {
  readonly title: string;
  readonly sequences: readonly Sequence[];
}

export interface Sequence {
  readonly bytes: Buffer;
  readonly valid: boolean;
}

const group =
  (valid: boolean) =>
  (title: string, ...words: readonly string[]): SequenceGroup => ({
    title,
    sequences: words.map((word) => ({ bytes: Buffer.from(word, "hex"), valid })),
  });
const valid = group(true);
const invalid = group(false);

/** Eleven bytes: five letters of two bytes, the second of three. */
export const KOSME = Buffer.from("cebae1bdb9cf83cebcceb5", "hex");
/** A surrogate within good text. */
export const NOT_UTF8 = Buffer.concat([KOSME, Buffer.from("eda080", "hex"), Buffer.from("edited")]);
/** A code point beyond the last one. */
export const BEYOND = Buffer.from("f4908080", "hex");

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const spaced = (from: number, to: number): string =>
  range(from, to)
    .map((byte) => `${byte.toString(16)}20`)
    .join("");
const CONTINUATIONS = Buffer.from(range(0x80, 0xbf)).toString("hex");
const nonCharacters = range(0, 16).flatMap((plane) =>
  [0xfffe, 0xffff].map((low) => Buffer.from(String.fromCodePoint(plane * 0x10000 + low)).toString("hex")),
);
const hex = (text: string): string => Buffer.from(text).toString("hex");
/** Where a prefix of `KOSME` ends between two letters. */
const WHOLE_LENGTHS = [2, 5, 7, 9, 11];
const PREFIXES = range(1, KOSME.length).map((length) => ({
  bytes: KOSME.subarray(0, length),
  valid: WHOLE_LENGTHS.includes(length),
}));

export const SEQUENCES: readonly SequenceGroup[] = [
  valid(
    "correct text",
    ...["hello$world", "hello¢world", "hello€world", "hello\u{24b62}world"].map(hex),
    KOSME.toString("hex"),
  ),
  { title: "a prefix of correct text", sequences: PREFIXES },
  valid("the first sequence of its length", "00", "c280", "e0a080", "f0908080"),
  invalid("the first sequence of five or six bytes", "f888808080", "fc8480808080"),
  valid("the last sequence of its length", "7f", "dfbf", "efbfbf", "f48fbfbf"),
  invalid("the last sequence of four, five or six bytes", "f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"),
  {
    title: "a bound",
    sequences: [...valid("", "ed9fbf", "ee8080", "efbfbd", "f48fbfbf").sequences, ...invalid("", "f4908080").sequences],
  },
  invalid(
    "continuation bytes without a start",
    ...["80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", CONTINUATIONS],
  ),
  invalid(
    "start bytes without a continuation",
    ...[spaced(0xc0, 0xdf), spaced(0xe0, 0xef), spaced(0xf0, 0xf7), spaced(0xf8, 0xfb), spaced(0xfc, 0xfd)],
  ),
  invalid(
    "a sequence without its last byte",
    ...["c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"],
  ),
  invalid("incomplete sequences in a row", "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf"),
  invalid("an impossible byte", "fe", "ff", "fefeffff"),
  invalid("an overlong slash", "c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"),
  invalid("the last overlong sequence", "c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"),
  invalid("an overlong NUL", "c080", "e08080", "f0808080", "f880808080", "fc8080808080"),
  invalid("a surrogate alone", "eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"),
  invalid(
    "a pair of surrogates",
    ...["eda080edb080", "eda080edbfbf", "edadbfedb080", "edadbfedbfbf"],
    ...["edae80edb080", "edae80edbfbf", "edafbfedb080", "edafbfedbfbf"],
  ),
  valid("a code point that is no character", ...nonCharacters),
  valid("a special code point", "efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"),
];
