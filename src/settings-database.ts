// Which database was asked for? Pure; a password never appears in a message.
import type { Environment } from "#config/expand.ts";
import { Fault } from "#contract/fault.ts";

/** The PostgreSQL address from the URL given, else from DATABASE_HOST and its companions; null means embedded. Throws USAGE. */
export function databaseUrl(given: string | undefined, env: Environment): string | null {
  if (given !== undefined) {
    if (/^postgres(ql)?:\/\/./.test(given)) return given;
    throw new Fault(
      "USAGE",
      "--database-url (DATABASE_URL) must be an address such as postgres://omni@127.0.0.1:5432/omni",
    );
  }
  const host = env.DATABASE_HOST || undefined;
  return host === undefined ? null : composed(host, env);
}

function composed(host: string, env: Environment): string {
  const port = env.DATABASE_PORT || "5432";
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Fault("USAGE", "DATABASE_PORT must be a port, 1 to 65535");
  }
  const user = encodeURIComponent(env.DATABASE_USER || "omni");
  const password = env.DATABASE_PASSWORD ? `:${encodeURIComponent(env.DATABASE_PASSWORD)}` : "";
  const name = encodeURIComponent(env.DATABASE_NAME || "omni");
  // A host that is a folder is a unix socket, which only fits into the query.
  if (host.startsWith("/"))
    return `postgres://${user}${password}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`;
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const url = `postgres://${user}${password}@${bracketed}:${port}/${name}`;
  if (URL.canParse(url)) return url;
  throw new Fault("USAGE", "DATABASE_HOST must be a host name, an address or the folder of a socket");
}
