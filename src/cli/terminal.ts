// Where do commands write? The seam between commands and the process's streams.

export interface Terminal {
  /** One or more lines on standard output; a newline is added. */
  print(text: string): void;
  /** Columns of the terminal; wide when output is not one. */
  readonly width: number;
  /** Whether a person reads along; if not, foreign text is passed on as it is. */
  readonly interactive: boolean;
}

export const printJson = (terminal: Terminal, value: unknown): void => terminal.print(JSON.stringify(value, null, 2));
