// What is wrong with this installation, and what can be done about it? Looks at everything that a gateway needs and at the one
// that runs, if any. Starts nothing, changes nothing, takes no lock; whatever is broken is a finding, never an error.
import { readFile } from "node:fs/promises";
import { createGateway, type GatewayAddress } from "#cli/gateway.ts";
import { printJson, type Terminal } from "#cli/terminal.ts";
import { harmless } from "#cli/text.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { gatherBundle, writeBundle } from "./doctor-bundle.ts";
import { type ConfigAnswer, type ConfigQuestion, lookAtCommands, lookAtConfiguration } from "./doctor-config.ts";
import { lookAtDatabase } from "./doctor-database.ts";
import { createReport, exitCodeOf, type Report } from "./doctor-finding.ts";
import { lookAtMachine, lookAtVersions, type Versions } from "./doctor-machine.ts";
import { printReport } from "./doctor-print.ts";
import { createRedactor, type Redactor } from "./doctor-redact.ts";
import { lookAtRunning, type Running, type RunningQuestion } from "./doctor-running.ts";
import { secretsOf } from "./doctor-secrets.ts";

export interface DoctorQuestion extends ConfigQuestion, Omit<RunningQuestion, "version"> {
  readonly versions: Versions;
  readonly dataDir: string;
  /** Null: the embedded one. */
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
}

export interface DoctorOptions {
  readonly json: boolean;
  /** Absolute path of the support bundle to write; null for none. */
  readonly bundle: string | null;
  /** Whether an older bundle of that name may be overwritten. */
  readonly force: boolean;
}

/** Prints the report and resolves to 1 when something fails, else 0. Throws USAGE when the bundle cannot be written. */
export async function runDoctor(question: DoctorQuestion, terminal: Terminal, options: DoctorOptions): Promise<number> {
  const configuration = await lookAtConfiguration(question);
  const redactor = await redactorOf(question, configuration.read?.definitions ?? []);
  const running = await lookAtRunning({ ...question, version: question.versions.omni2 }, redactor);
  const report = await reportOf(question, { configuration, running, redactor });
  if (options.bundle !== null) {
    const gateway = running.servers === null || question.gateway === null ? null : createGateway(question.gateway);
    const servers = running.servers ?? [];
    const { configFiles } = question;
    const { files } = configuration;
    const bundle = await gatherBundle({ report, gateway, servers, files, configFiles, redactor });
    await writeBundle(options.bundle, bundle, options.force);
  }
  tell(report, terminal, options);
  return exitCodeOf(report);
}

interface Seen {
  readonly configuration: ConfigAnswer;
  readonly running: Running;
  readonly redactor: Redactor;
}

async function reportOf(question: DoctorQuestion, { configuration, running, redactor }: Seen): Promise<Report> {
  const { databaseUrl: url, dataDir, env } = question;
  // A running gateway tells of its servers itself.
  const programs = running.servers === null ? lookAtCommands(configuration.read?.definitions ?? [], env) : [];
  const sections = [
    lookAtVersions(question.versions),
    configuration.section,
    ...(programs.length === 0 ? [] : [{ title: "Programs of servers", findings: programs }]),
    await lookAtMachine(dataDir),
    await lookAtDatabase({ url, dataDir, running: running.here }),
    ...running.sections,
  ];
  return createReport(sections, new Date(), (text) => harmless(redactor.known(text)).replaceAll("\n", " "));
}

async function redactorOf(question: DoctorQuestion, definitions: readonly UpstreamDefinition[]): Promise<Redactor> {
  const { env, databaseUrl, redisUrl, own, gateway } = question;
  const tokens = await Promise.all([own, gateway].map(tokenOf));
  return createRedactor([
    ...secretsOf(definitions, env, [databaseUrl, redisUrl]),
    ...tokens.filter((it) => it !== null),
  ]);
}

async function tokenOf(address: GatewayAddress | null): Promise<string | null> {
  if (address === null || address.token !== null || address.tokenFile === null) return address?.token ?? null;
  return readFile(address.tokenFile, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}

function tell(report: Report, terminal: Terminal, { json, bundle }: DoctorOptions): void {
  if (json) return printJson(terminal, { ok: report.counts.FAIL === 0, ...report, bundle });
  printReport(report, terminal);
  if (bundle === null) return;
  terminal.print(
    `Wrote ${bundle}, readable by you only. Secrets were taken out as far as they can be told; read it before you pass it on.`,
  );
}
