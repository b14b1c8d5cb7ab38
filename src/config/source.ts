// How does a parsed text look, whatever its language, and where is an offset? No language is known here.

export type Path = readonly (string | number)[];

/** A text that could be parsed. */
export interface Source {
  readonly value: unknown;
  /** The line, counted from 1, where the field at `path` is written. */
  lineOf(path: Path): number | undefined;
}

/** Something wrong in a text; line and column count from 1. */
export interface SourceProblem {
  readonly path: Path;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export const pathText = (path: Path): string => path.join(".");

/** Line and column of an offset, both counted from 1. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", start)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
