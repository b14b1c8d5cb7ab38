// What does a failed statement mean? Pure: sorts the errors of the driver and of PostgreSQL, and puts them in words that
// hold no row, no statement and no password.

/** `again`: try the same once more. `hang`: no answer. `connection`: the way to it broke. `resources`: it cannot now. */
export type FailureKind = "again" | "hang" | "connection" | "resources" | "bug";

const AGAIN = new Set(["40001", "40P01"]);
const CONNECTION = new Set(["57P01", "57P02", "57P03", "57P05", "53300"]);
const RESOURCES = new Set(["57014", "25006", "55P03", "25P03"]);
const NETWORK = /^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|EACCES|ERR_SOCKET|ERR_STREAM)/;
const DRIVER = /^(Connection terminated|Client has encountered|Cannot use a pool)/;
// The driver's words for a wait for a free connection that took too long.
const POOL_BUSY = "timeout exceeded when trying to connect";

export function classify(error: unknown): FailureKind {
  const { code, message } = facts(error);
  if (message.startsWith("Query read timeout")) return "hang";
  if (AGAIN.has(code)) return "again";
  if (CONNECTION.has(code) || code.startsWith("08") || NETWORK.test(code) || DRIVER.test(message)) return "connection";
  if (RESOURCES.has(code) || /^(53|58)/.test(code) || message === POOL_BUSY) return "resources";
  return "bug";
}

/** The error in one line for people. */
export function describe(error: unknown): string {
  const { code, message } = facts(error);
  if (message.startsWith("Query read timeout")) return "it did not answer in time";
  if (message === POOL_BUSY) return "all its connections were busy for too long";
  return code === "" || message.includes(code) ? message : `${message} (${code})`;
}

/** Takes away what PostgreSQL attaches about the row or the statement: it may hold what nobody should read in a log. */
export function withoutValues(error: unknown): unknown {
  if (error instanceof Error) {
    for (const field of ["detail", "where", "hint", "internalQuery", "query"]) Reflect.deleteProperty(error, field);
  }
  return error;
}

function facts(error: unknown): { code: string; message: string } {
  // A name with several addresses fails with one error for each and an empty message of its own.
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code;
  const message = first instanceof Error ? first.message : String(first);
  return { code: typeof code === "string" ? code : "", message };
}
