import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import { parseSettings, type Settings, type Surroundings } from "./settings.ts";
import { parseClientSettings } from "./settings-client.ts";
import { SETTING_FLAGS } from "./settings-flags.ts";

const surroundings: Surroundings = { cwd: "/here", checkout: "/checkout", terminal: false, exists: () => false };
const parse = (argv: string[], env: Record<string, string> = {}): Settings => parseSettings(argv, env, surroundings);
const TOKEN = "0123456789abcdef";

test("the flags and their variables are the published ones", () => {
  assert.deepEqual(
    SETTING_FLAGS.map(({ name, env }) => [name, env]),
    [
      ["config", "OMNI2_CONFIG"],
      ["port", "OMNI2_PORT"],
      ["host", "OMNI2_HOST"],
      ["data-dir", "OMNI2_DATA_DIR"],
      ["database-url", "DATABASE_URL"],
      ["redis-url", "REDIS_URL"],
      ["admin-token", "OMNI2_ADMIN_TOKEN"],
      ["log-level", "LOG_LEVEL"],
      ["log-format", "LOG_FORMAT"],
    ],
  );
});

test("without flags and variables the defaults hold", () => {
  assert.deepEqual(parse([]), {
    configFiles: ["/checkout/examples/omni2.json"],
    port: 8000,
    host: "127.0.0.1",
    dataDir: "/here/.omni2",
    database: { url: null },
    redisUrl: null,
    adminToken: null,
    log: { level: "info", format: "json" },
    env: {},
  });
});

test("an omni2.json in the working folder is taken before the sample; on a terminal the log is pretty", () => {
  const { configFiles, log } = parseSettings(
    [],
    {},
    { ...surroundings, terminal: true, exists: (path) => path === "/here/omni2.json" },
  );
  assert.deepEqual(configFiles, ["/here/omni2.json"]);
  assert.equal(log.format, "pretty");
});

const READ: readonly [
  argv: string[],
  env: Record<string, string>,
  found: (settings: Settings) => unknown,
  value: unknown,
][] = [
  [["--port", "0"], { OMNI2_PORT: "9" }, (s) => s.port, 0],
  [["--port=1"], {}, (s) => s.port, 1],
  [["--port", "1", "--port", "2"], {}, (s) => s.port, 2],
  [[], { OMNI2_PORT: "9" }, (s) => s.port, 9],
  [[], { OMNI2_PORT: "" }, (s) => s.port, 8000],
  [["--config", "a.json", "--config", "/b.yaml"], {}, (s) => s.configFiles, ["/here/a.json", "/b.yaml"]],
  [[], { OMNI2_CONFIG: "a.json:/b.yaml" }, (s) => s.configFiles, ["/here/a.json", "/b.yaml"]],
  [["--data-dir", "d"], { OMNI2_DATA_DIR: "/e" }, (s) => s.dataDir, "/here/d"],
  [["--host", "::1"], {}, (s) => s.host, "::1"],
  [["--host", "0.0.0.0", "--admin-token", TOKEN], {}, (s) => s.host, "0.0.0.0"],
  [["--host", "10.0.0.1"], { OMNI2_ADMIN_TOKEN: TOKEN }, (s) => s.adminToken, TOKEN],
  [["--log-level", "WARN", "--log-format", "pretty"], {}, (s) => s.log, { level: "warn", format: "pretty" }],
  [["--redis-url", "redis://h:1"], {}, (s) => s.redisUrl, "redis://h:1"],
  [["--database-url", "postgres://u@h/d"], { DATABASE_HOST: "x" }, (s) => s.database.url, "postgres://u@h/d"],
  [[], { DATABASE_HOST: "db" }, (s) => s.database.url, "postgres://omni@db:5432/omni"],
  [
    [],
    { DATABASE_HOST: "db", DATABASE_PORT: "5435", DATABASE_NAME: "n", DATABASE_USER: "u@x", DATABASE_PASSWORD: "p/:w" },
    (s) => s.database.url,
    "postgres://u%40x:p%2F%3Aw@db:5435/n",
  ],
  [[], { DATABASE_HOST: "::1" }, (s) => s.database.url, "postgres://omni@[::1]:5432/omni"],
  [[], { DATABASE_HOST: "/run/pg" }, (s) => s.database.url, "postgres://omni@localhost:5432/omni?host=%2Frun%2Fpg"],
];
for (const [argv, env, found, value] of READ) {
  test(`${[...Object.entries(env).map((pair) => pair.join("=")), "omni2", ...argv].join(" ")} is understood`, () => {
    assert.deepEqual(found(parse(argv, env)), value);
  });
}

const REFUSED: readonly [argv: string[], env: Record<string, string>, said: RegExp][] = [
  [["--port", "65536"], {}, /^--port must be a port, 0 to 65535/],
  [["--port", "abc"], {}, /^--port must/],
  [["--port", ""], {}, /^--port is empty/],
  [["--port", "1e3"], {}, /^--port must/],
  [[], { OMNI2_PORT: "-1" }, /^OMNI2_PORT must be a port/],
  [["--prot", "1"], {}, /^unknown flag --prot; did you mean --port\?/],
  [["-x"], {}, /^unknown flag -x\./],
  [["--port"], {}, /^--port needs a value/],
  [["--config", "--port", "1"], {}, /^--config needs a value/],
  [["extra"], {}, /^serve takes flags only/],
  [["--config", ""], {}, /^--config is empty/],
  [["--log-level", "loud"], {}, /^--log-level must be one of fatal, error, warn, info/],
  [["--log-format", "xml"], {}, /^--log-format must be one of pretty, json/],
  [["--admin-token", "s3cr3t"], {}, /^--admin-token must have 16 to 512/],
  [["--admin-token", `${"s3cr3t ".repeat(4)}`], {}, /^--admin-token must/],
  [["--database-url", "mysql://u:s3cr3t@h/d"], {}, /^--database-url \(DATABASE_URL\) must be/],
  [["--redis-url", "http://:s3cr3t@h"], {}, /^--redis-url must be/],
  [[], { DATABASE_HOST: "db", DATABASE_PORT: "x" }, /^DATABASE_PORT must be a port/],
  [[], { DATABASE_HOST: "a b", DATABASE_PASSWORD: "s3cr3t" }, /^DATABASE_HOST must be/],
  [["--host", "0.0.0.0"], {}, /^--host 0\.0\.0\.0 opens the gateway to the network.*Set OMNI2_ADMIN_TOKEN/],
  [["--host", "example.com"], {}, /opens the gateway to the network/],
];
for (const [argv, env, said] of REFUSED) {
  test(`${[...Object.keys(env), "omni2", ...argv.map((part) => (part.includes("s3cr3t") ? "..." : part))].join(" ")} is a usage fault`, () => {
    assert.throws(
      () => parse(argv, env),
      (error) => {
        assert.ok(isFault(error, "USAGE"), String(error));
        assert.equal(error.row.exit, 2);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /s3cr3t|\n/);
        return true;
      },
    );
  });
}

test("a client finds the gateway by flag, then variable, then port", () => {
  const url = (flags: { url?: string }, env: Record<string, string> = {}): string =>
    parseClientSettings(flags, env, "/here").url;
  assert.equal(url({}), "http://127.0.0.1:8000");
  assert.equal(url({}, { OMNI2_PORT: "9000" }), "http://127.0.0.1:9000");
  assert.equal(url({}, { OMNI2_URL: "https://gw.example/base/" }), "https://gw.example/base");
  assert.equal(url({ url: "http://localhost:1" }, { OMNI2_URL: "http://h" }), "http://localhost:1");
  assert.throws(
    () => url({ url: "localhost:8000" }),
    (error) => isFault(error, "USAGE"),
  );
});

test("the token of this machine is only for a gateway on this machine", () => {
  const settings = (url: string, env = {}) => parseClientSettings({ url }, env, "/here");
  assert.equal(settings("http://127.0.0.1:1").tokenFile, "/here/.omni2/admin-token");
  assert.equal(settings("https://gw.example").tokenFile, null);
  assert.equal(settings("https://gw.example", { OMNI2_ADMIN_TOKEN: TOKEN }).token, TOKEN);
});
