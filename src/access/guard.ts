// May this request's Host and Origin be answered at all? A pure decision over two headers, made before a body is read,
// so that a web page cannot reach the gateway through a name that was rebound or from another site.
import { Fault } from "#contract/fault.ts";

export interface GuardSettings {
  /** The address the listener is bound to. */
  readonly bindHost: string;
  readonly port: number;
  /** Further names, `host` or `host:port`, for example behind a proxy. */
  readonly hosts: readonly string[];
  /** Further origins, exact, for example `https://status.example.com`. */
  readonly origins: readonly string[];
}

export type Guard = (host: string | undefined, origin: string | undefined) => Fault | undefined;

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const WILDCARDS = new Set(["0.0.0.0", "::", "[::]", ""]);
// The accepted combinations are few; the bound only matters for odd spellings.
const MAX_VERDICTS = 256;

/** Whether an address or host name (with or without brackets) means this machine only. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(?:\.\d{1,3}){3}\]?)$/i.test(host);

const bracketed = (host: string): string => (host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
const hasPort = (host: string): boolean => /:\d+$/.test(host.replace(/^\[.*\]/, ""));

/** Every Host header that means this gateway, lower case. */
export function allowedHosts(settings: GuardSettings): Set<string> {
  const bound = WILDCARDS.has(settings.bindHost) ? [] : [bracketed(settings.bindHost)];
  const allowed = new Set<string>();
  for (const name of [...LOOPBACK_NAMES, ...bound]) {
    allowed.add(`${name}:${settings.port}`);
    if (settings.port === 80 || settings.port === 443) allowed.add(name);
  }
  for (const name of settings.hosts) {
    allowed.add(name);
    if (!hasPort(name)) allowed.add(`${name}:${settings.port}`);
  }
  return new Set([...allowed].map((name) => name.toLowerCase()));
}

/** Every Origin header that is our own page or a configured one, lower case. */
export function allowedOrigins(settings: GuardSettings, hosts: ReadonlySet<string>): Set<string> {
  const own = [...hosts].flatMap((host) => [
    `http://${host.replace(/:80$/, "")}`,
    `https://${host.replace(/:443$/, "")}`,
  ]);
  return new Set([...own, ...settings.origins].map((origin) => origin.toLowerCase()));
}

const shown = (header: string): string => JSON.stringify(header.slice(0, 100));

/** Builds the check for one listener. Verdicts that allow are remembered, because `/mcp` asks for every request. */
export function createGuard(settings: GuardSettings): Guard {
  const hosts = allowedHosts(settings);
  const origins = allowedOrigins(settings, hosts);
  const accepted = new Set<string>();
  return (host, origin) => {
    const pair = origin === undefined ? host : `${host} ${origin}`;
    if (pair !== undefined && accepted.has(pair)) return undefined;
    if (host === undefined || !hosts.has(host.toLowerCase())) return hostRejected(host);
    if (origin !== undefined && !origins.has(origin.toLowerCase())) return originRejected(origin);
    if (pair !== undefined && accepted.size < MAX_VERDICTS) accepted.add(pair);
    return undefined;
  };
}

function hostRejected(host: string | undefined): Fault {
  const what = host === undefined ? "The request has no Host header" : `The Host header ${shown(host)} is not ours`;
  return new Fault("HOST_REJECTED", `${what}; nothing was done. Add the name to omni2.access.hosts to allow it.`);
}

function originRejected(origin: string): Fault {
  const what = `The page at origin ${shown(origin)} may not call this gateway`;
  return new Fault("ORIGIN_REJECTED", `${what}; nothing was done. Add it to omni2.access.origins to allow it.`);
}
