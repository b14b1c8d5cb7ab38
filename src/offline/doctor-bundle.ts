// What goes to somebody who helps from afar? One file with the report and what it was made from, without secrets, readable by
// its owner only.
import { open, rename, rm } from "node:fs/promises";
import type { Gateway } from "#cli/gateway.ts";
import { worstFirst } from "#cli/status-words.ts";
import type { ConfigFile } from "#config/file.ts";
import type { HealthLogEntry, Routes } from "#contract/api.ts";
import { Fault, isFault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Report } from "./doctor-finding.ts";
import type { Redactor } from "./doctor-redact.ts";

export interface BundleParts {
  readonly report: Report;
  /** Null when none answers. */
  readonly gateway: Gateway | null;
  /** Worst first or not; empty when they cannot be had. */
  readonly servers: readonly ServerView[];
  readonly files: readonly ConfigFile[];
  /** Configuration files that were asked for; those that cannot be parsed are named only. */
  readonly configFiles: readonly string[];
  readonly redactor: Redactor;
}

export interface Bundle {
  readonly format: "omni2-support-bundle-1";
  readonly report: Report;
  readonly configuration: readonly { readonly file: string; readonly document: unknown }[];
  readonly servers: unknown;
  /** Newest first. */
  readonly healthLog: unknown;
  readonly stderr: unknown;
  /** What is missing here, and why. */
  readonly notes: readonly string[];
}

/** Servers whose rows and standard error are fetched, and rows kept in all. */
const MAX_SERVERS = 50;
const MAX_ROWS = 500;
const LOG_NOTE =
  "The gateway's log is not in here: it goes to standard output and is kept by whatever starts the gateway (journalctl, docker logs, a terminal). Add its last lines by hand, and read them first.";

/** Gathers everything; what cannot be had is named in `notes`. */
export async function gatherBundle(parts: BundleParts): Promise<Bundle> {
  const { report, files, configFiles, redactor } = parts;
  const notes = [LOG_NOTE];
  if (parts.gateway === null)
    notes.push("No gateway answers, so there are no server views, health rows or standard error.");
  const worst = worstFirst(parts.servers).slice(0, MAX_SERVERS);
  if (worst.length < parts.servers.length) notes.push(`Health rows are of the ${MAX_SERVERS} worst servers only.`);
  const rows: HealthLogEntry[] = [];
  const stderr: { name: string; lines: string[] }[] = [];
  for (const { name, status } of worst) {
    const log = await fetchOf(parts, "GET /api/servers/{name}/health-log", { name, notes });
    rows.push(...(log?.items ?? []));
    if (status === "up") continue;
    const tail = await fetchOf(parts, "GET /api/servers/{name}/stderr", { name, notes });
    stderr.push({ name, lines: tail?.lines ?? [] });
  }
  return {
    format: "omni2-support-bundle-1",
    report,
    configuration: configFiles.map((file) => ({ file, document: documentOf(file, files, redactor) })),
    servers: redactor.value(parts.servers),
    healthLog: redactor.value(rows.toSorted((a, b) => b.at - a.at || b.id - a.id).slice(0, MAX_ROWS)),
    stderr: redactor.value(stderr),
    notes: notes.map(redactor.known),
  };
}

type PerServer = "GET /api/servers/{name}/health-log" | "GET /api/servers/{name}/stderr";

async function fetchOf<K extends PerServer>(
  { gateway }: BundleParts,
  route: K,
  { name, notes }: { name: string; notes: string[] },
): Promise<Routes[K]["answer"] | null> {
  try {
    return gateway === null ? null : await gateway.ask(route, { params: { name } });
  } catch (error) {
    if (!isFault(error)) throw error;
    notes.push(`${name}: ${route}: ${error.message}`);
    return null;
  }
}

const documentOf = (file: string, files: readonly ConfigFile[], redactor: Redactor): unknown => {
  const parsed = files.find((one) => one.file === file);
  return parsed === undefined ? "cannot be parsed, see the report" : redactor.value(parsed.value);
};

/** Writes with mode 0600. Throws USAGE when the file exists and `force` is not set, or when it cannot be written. */
export async function writeBundle(file: string, bundle: Bundle, force: boolean): Promise<void> {
  // A reader never sees half of it, and what is overwritten may have any mode.
  const target = force ? `${file}.${process.pid}.new` : file;
  try {
    const handle = await open(target, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(bundle, null, 2)}\n`);
    } finally {
      await handle.close();
    }
    if (force) await rename(target, file);
  } catch (error) {
    if (force) await rm(target, { force: true });
    throw unwritable(file, error as NodeJS.ErrnoException);
  }
}

function unwritable(file: string, error: NodeJS.ErrnoException): Error {
  if (error.code === undefined) return error;
  const exists = error.code === "EEXIST";
  const why = exists
    ? "exists already; nothing was written. Name another, or add --force"
    : `cannot be written (${error.code}). Name another file`;
  return new Fault("USAGE", `--bundle ${file} ${why}.`, { cause: error });
}
