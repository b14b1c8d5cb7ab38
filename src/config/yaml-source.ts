// What does a YAML text say, and at which line? Loaded only when a YAML file is configured.
import { isNode, LineCounter, parseDocument } from "yaml";
import { MAX_JSON_DEPTH } from "#lib/json.ts";
import type { Source, SourceProblem } from "./source.ts";

/** Parses one YAML 1.2 document; duplicate keys and runaway aliases are problems. */
export function parseYamlSource(text: string): Source | readonly SourceProblem[] {
  const lineCounter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, logLevel: "error" });
    const problems = document.errors.map((error) => {
      const { line, col } = lineCounter.linePos(error.pos[0]);
      return { path: [], message: firstLine(error.message), line, column: col };
    });
    if (problems.length > 0) return problems;
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
    // The parser recurses: text that is nested absurdly deep ends here, as do aliases that explode.
    return [
      error instanceof RangeError ? tooDeep : { path: [], message: firstLine(String(error)), line: 1, column: 1 },
    ];
  }
}

const tooDeep: SourceProblem = { path: [], message: `nested deeper than ${MAX_JSON_DEPTH} levels`, line: 1, column: 1 };

const firstLine = (message: string): string => message.split("\n", 1)[0] ?? message;

function isDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth >= MAX_JSON_DEPTH || Object.values(value).some((member) => isDeep(member, depth + 1));
}
