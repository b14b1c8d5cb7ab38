// What does a JSON text with comments say, and at which line? Also finds keys written twice, which plain parsing loses.
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { MAX_JSON_DEPTH } from "#lib/json.ts";
import { lineAndColumn, type Source, type SourceProblem } from "./source.ts";

const EXPECTED: Readonly<Record<string, string>> = {
  InvalidSymbol: "a value or a name in double quotes expected",
  InvalidNumberFormat: "a number expected",
  PropertyNameExpected: "a name in double quotes expected",
  ValueExpected: "a value expected",
  ColonExpected: "':' expected",
  CommaExpected: "',' expected",
  CloseBraceExpected: "'}' expected",
  CloseBracketExpected: "']' expected",
  EndOfFileExpected: "the end of the file expected",
  UnexpectedEndOfComment: "'*/' expected at the end of the comment",
  UnexpectedEndOfString: "'\"' expected at the end of the text",
  UnexpectedEndOfNumber: "a digit expected",
  InvalidUnicode: "four hexadecimal digits expected after '\\u'",
  InvalidEscapeCharacter: "a valid escape expected after '\\'",
  InvalidCharacter: "no control character expected inside a text",
};

// The token kinds of jsonc-parser that open and close a level, and its end of file; it exports them as types only.
const OPENING = new Set([1, 3]);
const CLOSING = new Set([2, 4]);
const END = 17;

/** Parses JSON with comments and trailing commas; gives either the value or everything that is wrong. */
export function parseJsonSource(text: string): Source | readonly SourceProblem[] {
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return [{ path: [], message: `nested deeper than ${MAX_JSON_DEPTH} levels`, ...at(text, deep) }];
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const message = EXPECTED[printParseErrorCode(error?.error ?? 4)] ?? "not valid JSON";
    return [{ path: [], message, ...at(text, error?.offset ?? 0) }];
  }
  const twice = duplicateKeys(root, [], text);
  if (twice.length > 0) return twice;
  return {
    value: plainValue(root),
    lineOf: (path) => {
      const node = findNodeAtLocation(root, [...path]);
      return node && lineAndColumn(text, (node.parent?.type === "property" ? node.parent : node).offset).line;
    },
  };
}

const at = (text: string, offset: number): { line: number; column: number } => lineAndColumn(text, offset);

// Checked before the recursive parser sees the text; the scanner itself never recurses.
function tooDeepAt(text: string): number | undefined {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== END; token = scanner.scan()) {
    if (CLOSING.has(token)) depth--;
    else if (OPENING.has(token) && ++depth > MAX_JSON_DEPTH) return scanner.getTokenOffset();
  }
  return undefined;
}

function duplicateKeys(node: Node, path: readonly (string | number)[], text: string): SourceProblem[] {
  const children = node.children ?? [];
  if (node.type === "array") return children.flatMap((child, index) => duplicateKeys(child, [...path, index], text));
  if (node.type !== "object") return [];
  const first = new Map<string, number>();
  return children.flatMap((property) => {
    const [key, value] = property.children ?? [];
    if (key === undefined) return [];
    const name = String(key.value);
    const earlier = first.get(name);
    first.set(name, earlier ?? key.offset);
    const below = value === undefined ? [] : duplicateKeys(value, [...path, name], text);
    if (earlier === undefined) return below;
    const message = `written twice, first at line ${at(text, earlier).line}; keep one`;
    return [{ path: [...path, name], message, ...at(text, key.offset) }, ...below];
  });
}

// fromEntries defines members instead of assigning them, so that a key named __proto__ stays a plain key.
function plainValue(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(plainValue);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    (node.children ?? []).map((property) => {
      const [key, value] = property.children ?? [];
      return [String(key?.value), value === undefined ? undefined : plainValue(value)];
    }),
  );
}
