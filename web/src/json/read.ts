// What does this text say as JSON, or where does it go wrong? Comments and trailing commas are let through, as in the files that
// people paste; a name that stands twice is not. Pure.

/** What was read, or the first problem and its place, both counted from 1. */
export type JsonRead =
  | { readonly value: unknown; readonly problem?: undefined }
  | { readonly problem: string; readonly line: number; readonly column: number };

const MAX_DEPTH = 100;
const SPACE = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
/** Whatever looks like a word or a number; what it is worth is JSON's to say. */
const WORD = /[\w.+-]+/y;

class Wrong extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    if (this.#peek() !== "") throw this.#wrong(`Nothing may follow the end, but ${this.#here()} does.`);
    return value;
  }

  #value(depth: number): unknown {
    const start = this.#peek();
    if (depth > MAX_DEPTH) throw this.#wrong(`This is nested more than ${MAX_DEPTH} deep.`);
    if (start === "{") return this.#object(depth);
    if (start === "[") return this.#list(depth);
    return start === '"' ? this.#string() : this.#word();
  }

  #object(depth: number): unknown {
    const entries = new Map<string, unknown>();
    this.#each("}", () => {
      if (this.#peek() !== '"') throw this.#wrong(`A name in double quotes was expected, not ${this.#here()}.`);
      const at = this.#at;
      const name = this.#string();
      if (entries.has(name)) throw new Wrong(at, `“${name}” stands twice in one object.`);
      if (this.#peek() !== ":") throw this.#wrong(`A colon was expected after “${name}”, not ${this.#here()}.`);
      this.#at++;
      entries.set(name, this.#value(depth + 1));
    });
    return Object.fromEntries(entries);
  }

  #list(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#each("]", () => void items.push(this.#value(depth + 1)));
    return items;
  }

  /** From the opening bracket over everything up to the closing one. */
  #each(end: string, one: () => void): void {
    this.#at++;
    while (this.#peek() !== end) {
      one();
      const next = this.#peek();
      if (next === ",") this.#at++;
      else if (next !== end) throw this.#wrong(`A comma or ${end} was expected, not ${this.#here()}.`);
    }
    this.#at++;
  }

  #string(): string {
    const said = this.#match(STRING);
    if (said === null) throw this.#wrong("This text has no closing quote on its line.");
    return this.#parsed(said) as string;
  }

  #word(): unknown {
    const said = this.#match(WORD);
    if (said === null) throw this.#wrong(`A value was expected, not ${this.#here()}.`);
    return this.#parsed(said);
  }

  #parsed(said: string): unknown {
    try {
      return JSON.parse(said);
    } catch {
      throw new Wrong(this.#at - said.length, `${said.slice(0, 40)} is not JSON; texts stand in double quotes.`);
    }
  }

  /** The next sign that counts; empty at the end. */
  #peek(): string {
    this.#match(SPACE);
    return this.#text.charAt(this.#at);
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const said = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += said?.length ?? 0;
    return said;
  }

  #here(): string {
    return this.#text.charAt(this.#at) || "the end";
  }

  #wrong(message: string): Wrong {
    return new Wrong(this.#at, message);
  }
}

export function readJson(text: string): JsonRead {
  try {
    return { value: new Reader(text).document() };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const before = text.slice(0, error.at).split("\n");
    return { problem: error.message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}
