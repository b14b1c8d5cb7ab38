import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { viewOf } from "#cli/fake-gateway.fixture.ts";
import type { ServerView } from "#contract/upstream.ts";
import { judgeVersion } from "./doctor-database.ts";
import { createReport, exitCodeOf, type Finding, fail, pass, warn } from "./doctor-finding.ts";
import { judgeGateway } from "./doctor-gateway.ts";
import { judgeDisk, judgeFiles, judgeNode } from "./doctor-machine.ts";
import { judgePort } from "./doctor-port.ts";
import { printReport } from "./doctor-print.ts";
import { secretsOf } from "./doctor-secrets.ts";
import { judgeServer } from "./doctor-servers.ts";

const MIB = 1024 ** 2;
const NOW = 1_700_000_000_000;
const said = ({ level, text, todo }: Finding): string => `${level} ${text}${todo === null ? "" : ` ${todo}`}`;

test("a version of Node below the wanted one fails, any from it on passes", () => {
  const levels = ["22.9.0", "24.0.0", "26.10.0"].map((version) => judgeNode(version, ">=24").level);
  assert.deepEqual(levels, ["FAIL", "PASS", "PASS"]);
});

test("disks warn below 1 GiB, and fail below 100 MiB or when they cannot be written", () => {
  const judge = (freeBytes: number, writable = true): string =>
    said(judgeDisk("data disk", { folder: "/d", freeBytes, writable, choice: "--data-dir" }));
  assert.match(judge(1024 * MIB), /^PASS 1\.0 GiB free for \/d$/);
  assert.match(
    judge(1024 * MIB - 1),
    /^WARN only 1024 MiB free for \/d\. Make room, or choose another .* --data-dir\.$/,
  );
  assert.match(judge(100 * MIB), /^WARN only 100 MiB/);
  assert.match(judge(100 * MIB - 1), /^FAIL only .* Make room now/);
  assert.match(judge(1024 * MIB, false), /^FAIL \/d cannot be written\. Correct its permissions/);
});

test("the limit of open files warns below 1024", () => {
  const judge = (soft: string): string =>
    said(judgeFiles(`Limit  Soft\nMax open files            ${soft}     524288   files\n`));
  assert.match(judge("1023"), /^WARN at most 1023; .*`ulimit -n 4096`\.$/);
  assert.equal(judge("1024"), "PASS at most 1024");
  assert.equal(judge("unlimited"), "PASS unlimited");
  assert.equal(judgeFiles(null).level, "PASS");
});

test("a port is free, ours, somebody else's, or cannot be had, and each says what to do", () => {
  const at = { host: "127.0.0.1", port: 80 };
  const nobody = { kind: "nobody" } as const;
  const stranger = { kind: "stranger", message: "not ours" } as const;
  const levels = [
    judgePort({ ...at, answerer: nobody, refusal: null }),
    judgePort({ ...at, answerer: nobody, refusal: "EADDRINUSE" }),
    judgePort({ ...at, answerer: stranger, refusal: null }),
    judgePort({ ...at, answerer: nobody, refusal: "EACCES" }),
    judgePort({ ...at, answerer: nobody, refusal: "EADDRNOTAVAIL" }),
    judgePort({ ...at, answerer: { kind: "unknown", message: "It asks for a token." }, refusal: null }),
  ].map(said);
  const words = [/^PASS .* is free$/, /^FAIL .*another program/, /^FAIL .*another program/, /^FAIL .*above 1023\.$/];
  words.push(/^FAIL .*EADDRNOTAVAIL.* Correct --host/, /^WARN .*It asks for a token\./);
  for (const [at, word] of words.entries()) assert.match(levels[at] ?? "", word);
});

test("a PostgreSQL older than 14 fails", () => {
  assert.deepEqual(
    ["13.9", "14.0", "17.2 (Debian 17.2-1)"].map((text) => judgeVersion(text).level),
    ["FAIL", "PASS", "PASS"],
  );
});

const failure = (message: string): Partial<ServerView> => ({ lastFailure: { stage: "connect", message, at: NOW } });
const SERVERS: readonly [view: ServerView, words: RegExp][] = [
  [
    viewOf("a", "down", failure("a refuses the gateway's credentials (HTTP 401).")),
    /^FAIL down: .* Renew the credentials/,
  ],
  [
    viewOf("a", "down", failure('command "x" was not found in PATH.')),
    /^FAIL .* When its program can be run, `omni2 servers reconnect a`/,
  ],
  [viewOf("a", "down", failure("the connection was refused (ECONNREFUSED)")), /^FAIL .*`omni2 servers reconnect a`/],
  [viewOf("a", "down", failure("its host name is unknown (ENOTFOUND)")), /^FAIL .* Correct the host name/],
  [viewOf("a", "recovering", failure("process exited with code 3")), /^WARN .* Read its standard error/],
  [
    viewOf("a", "down", { circuitState: "open", circuitReason: "5 failures", circuitRetryAt: NOW + 9_000 }),
    /^FAIL .*9 s.*`omni2 servers probe a`/,
  ],
  [viewOf("a", "paused", { circuitState: "isolated" }), /^WARN paused.*`omni2 servers release a`/],
  [viewOf("a", "paused", { enabled: false }), /^PASS paused.*`omni2 servers enable a`/],
  [viewOf("a", "paused", { enabled: false, enabledOverride: false }), /^WARN paused.*`omni2 servers enable a`/],
  [viewOf("a", "paused", { enabled: false, autoDisabledAt: NOW }), /^FAIL paused.* End the cause; then `omni2/],
  [viewOf("a", "unknown"), /^WARN unknown.* Wait until its first attempt/],
  [viewOf("a", "degraded"), /^WARN degraded.*`omni2 servers reconnect a`/],
];
for (const [view, words] of SERVERS) {
  test(`a server that is ${view.status} (${view.lastFailure?.message ?? view.circuitState}) says ${words.source}`, () => {
    assert.match(said(judgeServer(view, NOW)), words);
  });
}

test("a gateway of another release, with a lost database or a component that stands still is told", () => {
  const health = {
    status: "degraded",
    version: "2.0.0",
    database: "lost",
    servers: { total: 0, up: 0, degraded: 0, recovering: 0, down: 0, paused: 0, unknown: 0 },
    components: { coordinator: { heartbeatAgeMs: 180_001, work: 3 }, broadcaster: { heartbeatAgeMs: 20, work: 3 } },
  } as const;
  const { findings } = judgeGateway({ url: "http://x", answerer: { kind: "gateway", health }, version: "1.0.0" });
  assert.deepEqual(
    findings.map(({ about, level }) => `${about} ${level}`),
    ["running WARN", "release WARN", "database FAIL", "coordinator FAIL", "broadcaster PASS"],
  );
});

test("the report ends with what is not well, worst first, and fails only for a failure", () => {
  const clean = (text: string): string => text.replaceAll("secret", "***");
  const sections = [
    { title: "One", findings: [pass("a", "fine"), warn("b", "low secret.", "Fill it.")] },
    { title: "Two", findings: [fail("c", "gone.", "Get it.")] },
  ];
  const report = createReport(sections, new Date(NOW), clean);
  const lines: string[] = [];
  printReport(report, { print: (line) => void lines.push(line), width: 20, interactive: false });
  const plain = stripVTControlCharacters(lines.join("\n"));
  assert.match(
    plain,
    /What to do, worst first\n {2}FAIL {2}c {2}gone\. Get it\.\n {2}WARN {2}b {2}low \*\*\*\. Fill it\.\n\n/,
  );
  assert.match(plain, /1 check passed, 1 warning, 1 failure\.$/);
  assert.equal(exitCodeOf(report), 1);
  assert.equal(exitCodeOf(createReport(sections.slice(0, 1), new Date(NOW), clean)), 0);
});

test("secrets are collected from definitions, environment and addresses; places and plain words are none", () => {
  const base = { origin: "file", enabled: true } as never as Parameters<typeof secretsOf>[0][number];
  const stdio = {
    ...base,
    transport: {
      kind: "stdio" as const,
      command: "x",
      args: ["--api-key", "argument-1", "--token=argument-2", "https://h/?k=argument-3"],
      env: { TOKEN: "abc1", MODE: "production", HOME: "/home/me-and-you", DSN: "x1:long-value" },
      cwd: "/",
    },
  };
  const http = {
    ...base,
    transport: {
      kind: "http" as const,
      url: "https://u:pw%20d@h/",
      headers: { A: "Bearer header-1" },
      sseFallback: false,
    },
  };
  const env = {
    GITHUB_TOKEN: "environment-1",
    PWD: "/here/and/there",
    SSH_AUTH_SOCK: "/tmp/agent-1",
    GIT_AUTHOR_NAME: "Somebody",
  };
  const found = secretsOf([stdio, http], env, ["postgres://omni:db-pass@h/omni", null]);
  assert.deepEqual(found.toSorted(), [
    "Bearer header-1",
    "abc1",
    "argument-1",
    "argument-2",
    "argument-3",
    "db-pass",
    "db-pass",
    "environment-1",
    "header-1",
    "pw d",
    "pw%20d",
    "x1:long-value",
  ]);
});
