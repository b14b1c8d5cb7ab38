// Does the MCP conformance suite see the gateway as the server behind it, in both eras?
// What fails must stand in a baseline with its reason; what stands there and passes again fails the test too.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { after, before, describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { type Gateway, openGateway } from "./clients/gateway.ts";
import { type RunningServer, startUpstream, upstreamFile } from "./upstreams/start.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SUITE = at("../node_modules/@modelcontextprotocol/conformance/");
const RUN_LIMIT_MS = 120_000;

const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";

/** Scenarios that use no name of the fixture, so that the aggregate of all servers has to pass them as well. */
const NAMELESS = {
  [LEGACY]: [
    "server-initialize",
    "server-session-lifecycle",
    "ping",
    "logging-set-level",
    "tools-list",
    "resources-list",
    "prompts-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
  ],
  [MODERN]: [
    "tools-list",
    "resources-list",
    "prompts-list",
    "sep-2164-resource-not-found",
    "caching",
    "http-header-validation",
    "dns-rebinding-protection",
    "input-required-result-unsupported-methods",
  ],
};

interface SuiteRun {
  readonly exitCode: number | null;
  readonly output: string;
  /** Checks passed and failed by scenario. */
  readonly scenarios: ReadonlyMap<string, { passed: number; failed: number }>;
}

async function runSuite(url: string, ...args: string[]): Promise<SuiteRun> {
  const argv = [`${SUITE}dist/index.js`, "server", "--url", url, ...args];
  const child = spawn(process.execPath, argv, { timeout: RUN_LIMIT_MS, stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  const lines = output.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm);
  const scenarios = new Map(
    [...lines].map(([, name = "", passed, failed]) => [name, { passed: Number(passed), failed: Number(failed) }]),
  );
  return { exitCode, output: `${output}\n${errors}`, scenarios };
}

async function requiredScenarios(revision: string): Promise<string[]> {
  const requirements = parse(await readFile(`${SUITE}requirements/${revision}.yaml`, "utf8")) as { server: string[] };
  return requirements.server;
}

/** The suite's verdict on expected, unexpected and stale failures: everything after the totals. */
const verdict = (run: SuiteRun): string => run.output.slice(Math.max(0, run.output.indexOf("\nTotal:")));

interface Leg {
  readonly server: string;
  readonly revision: string;
  /** Without one every requirement has to be met. */
  readonly baseline?: string;
}

async function meetsRequirements(t: TestContext, url: string, { revision, baseline }: Leg): Promise<void> {
  const expected = baseline === undefined ? [] : ["--expected-failures", at(`conformance/${baseline}`)];
  const run = await runSuite(url, "--requirements", revision, ...expected);
  const required = await requiredScenarios(revision);
  const failing = required.filter((name) => run.scenarios.get(name)?.failed !== 0);
  t.diagnostic(`${revision}: ${required.length - failing.length} of ${required.length} required scenarios pass`);
  if (failing.length > 0) t.diagnostic(`failing: ${failing.join(", ")}`);
  const missing = required.filter((name) => !run.scenarios.has(name));
  assert.deepEqual(missing, [], `scenarios that did not run\n${run.output}`);
  assert.equal(run.exitCode, 0, verdict(run));
}

describe("the conformance suite", () => {
  let fixtures: Record<string, RunningServer> = {};

  before(async () => {
    const [legacy, modern] = await Promise.all([
      startUpstream("conformance-legacy.ts"),
      startUpstream("conformance-modern.ts"),
    ]);
    fixtures = { legacy, modern };
  });
  after(() => Promise.all(Object.values(fixtures).map((fixture) => fixture.stop())));

  for (const leg of [
    { server: "legacy", revision: LEGACY },
    { server: "modern", revision: MODERN },
  ]) {
    test(`the ${leg.server} fixture itself meets every requirement of ${leg.revision}`, (t) =>
      meetsRequirements(t, (fixtures[leg.server] as RunningServer).url, leg));
  }

  describe("through the gateway", () => {
    let gateway: Gateway;

    before(async () => {
      const { legacy, modern } = fixtures as { legacy: RunningServer; modern: RunningServer };
      gateway = await openGateway({
        legacy: { url: legacy.url },
        modern: { url: modern.url },
        "legacy-stdio": { command: process.execPath, args: [upstreamFile("conformance-legacy.ts"), "stdio"] },
        "modern-stdio": { command: process.execPath, args: [upstreamFile("conformance-modern.ts"), "stdio"] },
      });
    });
    after(() => gateway?.stop());

    for (const leg of [
      { server: "legacy", revision: LEGACY, baseline: "legacy.yml" },
      { server: "legacy-stdio", revision: LEGACY, baseline: "legacy.yml" },
      { server: "modern", revision: MODERN, baseline: "modern.yml" },
      { server: "modern-stdio", revision: MODERN, baseline: "modern.yml" },
    ]) {
      test(`a ${leg.server} server meets the requirements of ${leg.revision}, but for the baseline`, (t) =>
        meetsRequirements(t, gateway.of(leg.server), leg));
    }

    for (const [revision, scenarios] of Object.entries(NAMELESS)) {
      test(`the aggregate of all servers passes what needs no name of ${revision}`, async (t) => {
        for (const scenario of scenarios) {
          await t.test(scenario, async () => {
            const run = await runSuite(gateway.aggregate, "--scenario", scenario, "--spec-version", revision);
            assert.equal(run.exitCode, 0, run.output);
          });
        }
      });
    }
  });
});
