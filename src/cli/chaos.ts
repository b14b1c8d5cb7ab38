// How does a person try what happens when a server fails? Injects faults into its calls for a while, or ends that.
import type { Routes } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { ChaosKind } from "#contract/upstream.ts";
import type { Ends } from "./command.ts";
import { drillWords } from "./status-words.ts";
import { printJson } from "./terminal.ts";
import { harmless } from "./text.ts";

export interface ChaosOptions {
  readonly json?: boolean;
  readonly ratio?: string;
  readonly for?: string;
  readonly latency?: string;
}

type ChaosBody = Routes["POST /api/servers/{name}/chaos"]["body"];

/** `kind` may be `off`. Throws USAGE for flags that are no numbers, FORBIDDEN where drills are not allowed. */
export async function runChaos(
  { server, kind }: { server: string; kind: string },
  { gateway, terminal }: Ends,
  options: ChaosOptions,
): Promise<number> {
  const params = { name: server };
  const view =
    kind === "off"
      ? await gateway.ask("DELETE /api/servers/{name}/chaos", { params })
      : await gateway.ask("POST /api/servers/{name}/chaos", { params, body: chaosBody(kind as ChaosKind, options) });
  const { name, chaos } = view;
  if (options.json === true) printJson(terminal, view);
  else if (chaos === null) terminal.print(harmless(`Nothing is injected into the calls of ${name}.`));
  else {
    const words = drillWords(chaos, Date.now());
    terminal.print(harmless(`${name}: ${words}. End it earlier with \`omni2 chaos ${name} off\`.`));
  }
  return 0;
}

/** What is not said keeps the gateway's default; its bounds are checked there. Throws USAGE. */
export function chaosBody(kind: ChaosKind, { ratio, for: time, latency }: ChaosOptions): ChaosBody {
  return {
    kind,
    ...(ratio === undefined ? {} : { ratio: numberOf(ratio, "--ratio as a number from 0 to 1, such as 0.5") }),
    ...(time === undefined ? {} : { forMs: milliseconds(time) }),
    ...(latency === undefined ? {} : { latencyMs: numberOf(latency, "--latency in milliseconds, such as 1000") }),
  };
}

function numberOf(text: string, usage: string): number {
  if (/^\d*\.?\d+$/.test(text)) return Number(text);
  throw new Fault("USAGE", `Write ${usage}.`);
}

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

function milliseconds(text: string): number {
  const [, count, unit] = /^(\d*\.?\d+)(ms|s|m)$/.exec(text) ?? [];
  if (count === undefined) throw new Fault("USAGE", "Write --for with its unit, such as 90s, 5m or 500ms.");
  return Math.round(Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}
