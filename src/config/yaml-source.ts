// What does a YAML text say, and at which line? Loaded only when a YAML file is configured.
import { isNode, Lexer, LineCounter, parseDocument } from "yaml";
import { MAX_JSON_DEPTH } from "#lib/json.ts";
import { MAX_ISSUES } from "./issue.ts";
import type { Source, SourceProblem } from "./source.ts";

/** Parses one YAML 1.2 document; duplicate keys and runaway aliases are problems. */
export function parseYamlSource(text: string): Source | readonly SourceProblem[] {
  const lineCounter = new LineCounter();
  try {
    if (isBracketsDeep(text)) return [tooDeep];
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, logLevel: "error" });
    const problems = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      return { path: [], message: firstLine(error.message), line, column: col };
    });
    if (problems.some(({ message }) => OVERFLOW.test(message))) return [tooDeep];
    if (problems.length > 0) return problems.slice(0, MAX_ISSUES);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (isDeep(value)) return [tooDeep];
    return {
      value,
      lineOf: (path) => {
        const node = document.getIn(path, true);
        const start = isNode(node) ? node.range?.[0] : undefined;
        return start === undefined ? undefined : lineCounter.linePos(start).line;
      },
    };
  } catch (error) {
    // Text that is nested absurdly deep ends here too, as do aliases that explode.
    return [
      error instanceof RangeError ? tooDeep : { path: [], message: firstLine(String(error)), line: 1, column: 1 },
    ];
  }
}

// The parser recurses, and reports an overflow of its own stack as an ordinary problem.
const OVERFLOW = /call stack/;

const tooDeep: SourceProblem = { path: [], message: `nested deeper than ${MAX_JSON_DEPTH} levels`, line: 1, column: 1 };

// Checked on the tokens, before the recursive parser sees the text: it takes very long to overflow.
function isBracketsDeep(text: string): boolean {
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > MAX_JSON_DEPTH) return true;
  }
  return false;
}

const firstLine = (message: string): string => message.split("\n", 1)[0] ?? message;

function isDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth >= MAX_JSON_DEPTH || Object.values(value).some((member) => isDeep(member, depth + 1));
}
