// How is the end of a server's process told to people?

export function exitWords(code: number | null, signal: string | null): string {
  if (signal !== null) return `process exited with signal ${signal}`;
  return `process exited with code ${code}${HINTS[`${code}`] ?? ""}`;
}

const HINTS: Readonly<Record<string, string>> = {
  126: " (a command could not be executed; see its stderr)",
  127: " (a command was not found; see its stderr)",
};
