import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "#contract/fault.ts";
import type { Surroundings } from "./settings.ts";
import { type ExplainedSettings, explainSettings, ownUrl } from "./settings-explain.ts";
import { SETTING_FLAGS } from "./settings-flags.ts";

const around: Surroundings = { cwd: "/here", checkout: "/checkout", terminal: false, exists: () => false };
const TOKEN = "0123456789abcdef";
const explain = (
  argv: string[],
  env: Record<string, string> = {},
  more: Partial<Surroundings> = {},
): ExplainedSettings => explainSettings(argv, env, { ...around, ...more });
const row = ({ rows }: ExplainedSettings, wanted: string): string => {
  const found = rows.find(({ name }) => name === wanted);
  return `${found?.value} | ${found?.source}`;
};

test("each setting is told with its value and the flag, variable, file or default it comes from", () => {
  const explained = explain(["--port", "1"], { OMNI2_PORT: "2", LOG_LEVEL: "debug", DATABASE_HOST: "db" });
  assert.deepEqual(
    explained.rows.map(({ name }) => name),
    SETTING_FLAGS.map(({ name }) => name),
  );
  assert.equal(row(explained, "port"), "1 | --port");
  assert.equal(row(explained, "log-level"), "debug | LOG_LEVEL");
  assert.equal(row(explained, "database-url"), "db:5432/omni | DATABASE_HOST");
  assert.equal(row(explained, "host"), "127.0.0.1 | default");
  assert.match(row(explained, "admin-token"), /^not set .* \| default$/);
  const kept = explain([], {}, { exists: (path) => path === "/here/.omni2/admin-token" });
  assert.equal(row(kept, "admin-token"), "set | /here/.omni2/admin-token");
});

test("no secret is told", () => {
  const env = {
    DATABASE_URL: "postgres://u:S3CRET@h/n",
    REDIS_URL: "redis://:S3CRET@r:1",
    OMNI2_ADMIN_TOKEN: `${TOKEN}S3CRET`,
  };
  const { rows } = explain([], env);
  assert.doesNotMatch(JSON.stringify(rows), /S3CRET|u:/);
  assert.equal(row(explain([], env), "admin-token"), "set | OMNI2_ADMIN_TOKEN");
});

test("every wrong variable is told and left out; a wrong flag is thrown", () => {
  const env = { OMNI2_PORT: "x", LOG_FORMAT: "xml", OMNI2_HOST: "0.0.0.0", OMNI2_DATA_DIR: "/data" };
  const { problems, settings } = explain([], env);
  assert.deepEqual(problems.map((text) => /^\S+/.exec(text)?.[0]).toSorted(), ["--host", "LOG_FORMAT", "OMNI2_PORT"]);
  assert.deepEqual([settings.port, settings.host, settings.dataDir], [8000, "127.0.0.1", "/data"]);
  assert.equal(settings.env, env);
  assert.throws(
    () => explain(["--port", "x"], env),
    (error) => isFault(error, "USAGE"),
  );
});

test("a gateway that listens everywhere is found on this machine, one on any port is not", () => {
  const at = (...argv: string[]): string | null => ownUrl(explain(["--admin-token", TOKEN, ...argv]).settings);
  assert.equal(at(), "http://127.0.0.1:8000");
  assert.equal(at("--host", "0.0.0.0", "--port", "81"), "http://127.0.0.1:81");
  assert.equal(at("--host", "::"), "http://[::1]:8000");
  assert.equal(at("--host", "10.0.0.1"), "http://10.0.0.1:8000");
  assert.equal(at("--port", "0"), null);
});
