// Is everything of a running gateway in its place? Asks each of its faces once and changes nothing.
import type { GatewayAddress } from "#cli/gateway.ts";
import type { Terminal } from "#cli/terminal.ts";
import { healthSchema } from "#contract/api.ts";
import { demandShape, runSection, type SectionPlan } from "./check.ts";
import { createReporter } from "./print.ts";
import { dashboardSection, liveSection, metricsSection } from "./simple-faces.ts";
import { configurationSection, databaseSection, healthSection, serversSection } from "./simple-state.ts";
import { createVisitor, type Visitor } from "./visitor.ts";

/** More than any single answer may take, in milliseconds. */
const LIMIT_MS = 12_000;

export interface SimpleOptions {
  readonly json: boolean;
  /** The gateway's external database, to look at its schema directly; null to believe what the gateway tells. */
  readonly databaseUrl: string | null;
}

/** Prints a line per check and answers the exit code: 0 when every check passed, else 1. */
export async function validateSimple(
  address: GatewayAddress,
  terminal: Terminal,
  { json, databaseUrl }: SimpleOptions,
): Promise<number> {
  const reporter = createReporter(terminal, json);
  const visitor = await createVisitor(address);
  const run = (section: SectionPlan) => {
    reporter.section(section.title);
    return runSection(section, { limitMs: LIMIT_MS, onCheck: reporter.check });
  };
  const results = [await run(gatewaySection(visitor))];
  // Without a gateway nothing of it can be looked at.
  if (results[0]?.ok) {
    for (const section of sectionsOf(visitor, databaseUrl)) results.push(await run(section));
  }
  return reporter.verdict(results, "sections");
}

const gatewaySection = (visitor: Visitor): SectionPlan => ({
  title: "Gateway",
  steps: [
    {
      name: "answers",
      async look() {
        const { version } = demandShape("/health", await visitor.get("/health"), healthSchema);
        return `${visitor.url}, version ${version}`;
      },
    },
  ],
});

const sectionsOf = (visitor: Visitor, databaseUrl: string | null): SectionPlan[] => [
  healthSection(visitor),
  databaseSection(visitor, databaseUrl),
  configurationSection(visitor),
  serversSection(visitor),
  dashboardSection(visitor),
  liveSection(visitor),
  metricsSection(visitor),
];
