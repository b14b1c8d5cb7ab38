// Where does a client command find the gateway, and with which credential? Pure; reads no file.
import { join, resolve } from "node:path";
import type { Environment } from "#config/expand.ts";
import { isLoopbackHost } from "#config/loopback.ts";
import { Fault } from "#contract/fault.ts";

/** Where client commands find the gateway. */
export interface ClientSettings {
  readonly url: string;
  readonly token: string | null;
  /** File to read the token from when none was given; null for a gateway elsewhere, which must not learn this machine's token. */
  readonly tokenFile: string | null;
}

/** Reads `--url` and `--data-dir` of a client command. Throws USAGE. */
export function parseClientSettings(
  flags: { readonly url?: string | undefined; readonly dataDir?: string | undefined },
  env: Environment,
  cwd: string,
): ClientSettings {
  const given = flags.url ?? (env.OMNI2_URL || `http://127.0.0.1:${env.OMNI2_PORT || 8000}`);
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Fault("USAGE", "--url (OMNI2_URL) must be an address such as http://127.0.0.1:8000");
  }
  const dataDir = resolve(cwd, flags.dataDir ?? (env.OMNI2_DATA_DIR || ".omni2"));
  return {
    url: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    token: env.OMNI2_ADMIN_TOKEN || null,
    tokenFile: isLoopbackHost(url.hostname) ? join(dataDir, "admin-token") : null,
  };
}
