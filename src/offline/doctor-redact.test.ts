// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { REDACTED } from "#config/secrets.ts";
import { holds } from "#lib/holds.fixture.ts";
import { createRedactor } from "./doctor-redact.ts";

// The documents around it are written without these letters in a row, so that a hit is the secret and nothing else.
const plain = fc.stringMatching(/^[QXZJ]{6}[QXZJ0-9_+-]{0,34}$/);
const any = fc
  .tuple(fc.stringMatching(/^[QXZJ]{6}$/), fc.string({ maxLength: 20, unit: "binary" }), fc.string({ maxLength: 20 }))
  .map(([start, middle, end]) => start + middle + end);

const below = (document: object, path: readonly string[]): object =>
  path.reduceRight<object>((inner, key) => ({ [key]: inner }), document);

/** Places in a document whose value is a secret of any form. */
const PLANTED: readonly ((secret: string) => object)[] = [
  (secret) => ({ command: "x", env: { VALUE: secret } }),
  (secret) => ({ url: "https://h/mcp", headers: { "X-Plain": secret } }),
  (secret) => ({ url: `https://h/mcp?a=1&b=${encodeURIComponent(secret)}` }),
  (secret) => ({ serverUrl: `h.example/mcp?b=${secret}` }),
  (secret) => ({ args: ["--api-key", secret, "rest"] }),
  (secret) => ({ apiKey: secret }),
  (secret) => ({ oauth: { clientSecret: secret } }),
  (secret) => ({ credentials: [{ deep: { value: secret } }] }),
  (secret) => ({ PASSWORD: secret, key: secret }),
];

/** Ways that a secret without blanks gets into a text that somebody else wrote. */
const SAID: readonly ((secret: string) => string)[] = [
  (secret) => `connecting to https://user:${secret}@h.example/mcp failed`,
  (secret) => `GET https://h.example/mcp?k=${secret} 401`,
  (secret) => `open postgres://omni:${secret}@127.0.0.1:5432/omni`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `Basic ${secret}`,
  (secret) => `--access-token ${secret} was refused`,
  (secret) => `{"my_password":"${secret}"}`,
  (secret) => `env: GITHUB_TOKEN=${secret}, HOME=/root`,
  (secret) => `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`,
  (secret) => `key ghp_${secret}0123456789`,
  (secret) => `the digest is ${secret}0a1b2c3d4e5f6a7b8c9d`,
];

const noted = (output: unknown): string[] => [JSON.stringify(output), ...leaves(output)];
const leaves = (value: unknown): string[] =>
  typeof value === "object" && value !== null ? Object.entries(value).flat().flatMap(leaves) : [String(value)];

const tells = (output: unknown, secret: string): boolean => noted(output).some((text) => text.includes(secret));

test("a secret that stands in a credential's place never appears in the output", () => {
  const path = fc.array(fc.constantFrom("mcpServers", "servers", "a", "more", "token-service-b"), { maxLength: 4 });
  holds(
    fc.property(any, fc.constantFrom(...PLANTED), path, (secret, plant, above) => {
      const output = createRedactor([]).value(below(plant(secret), above));
      assert.equal(tells(output, secret), false, JSON.stringify(output));
    }),
  );
});

test("a secret that somebody else wrote into a text never appears in the output", () => {
  holds(
    fc.property(plain, fc.constantFrom(...SAID), fc.constantFrom("", "x ", "("), (secret, say, before) => {
      const output = createRedactor([]).value({ lines: [before + say(secret)] });
      assert.equal(tells(output, secret), false, JSON.stringify(output));
    }),
  );
});

test("a known secret never appears, wherever it stands and however it is written", () => {
  const forms = fc.constantFrom<(secret: string) => string>(
    (secret) => secret,
    (secret) => Buffer.from(secret).toString("base64"),
    (secret) => (secret.isWellFormed() ? encodeURIComponent(secret) : secret),
    (secret) => JSON.stringify({ secret }),
  );
  holds(
    fc.property(any, forms, fc.tuple(fc.string(), fc.string()), (secret, form, [before, after]) => {
      const { known, value } = createRedactor(["other", secret]);
      const said = form(secret);
      for (const output of [known(before + said + after), value({ [said]: [before + said + after] })]) {
        assert.equal(tells(output, secret), false);
        assert.equal(tells(output, Buffer.from(secret).toString("base64")), false);
      }
    }),
  );
});

test("what tells a reader where to look stays", () => {
  const document = {
    mcpServers: {
      "token-service": { command: "npx", args: ["-y", "@scope/server-thing", "/home/me/notes"], cwd: "." },
      remote: { url: "https://h.example:8443/mcp/v1?key=1", enabled: true, timeoutMs: 60_000 },
    },
    omni2: { preset: "classic", access: { mcp: "token" } },
  };
  const shown = createRedactor([]).value(document) as typeof document;
  assert.equal(shown.mcpServers.remote.url, `https://h.example:8443/mcp/v1?${REDACTED}`);
  assert.deepEqual(
    { ...shown, mcpServers: { ...shown.mcpServers, remote: 0 } },
    {
      ...document,
      mcpServers: { ...document.mcpServers, remote: 0 },
    },
  );
  const line = "files could not be reached: the connection was refused (ECONNREFUSED). Nothing was sent.";
  assert.equal(createRedactor([]).text(line), line);
});

test("names of variables and headers stay, their values do not, not even a reference with a default", () => {
  const shown = createRedactor([]).value({ env: { TOKEN: "${TOKEN:-abc}", N: 7 }, headers: { Authorization: "x" } });
  assert.deepEqual(shown, { env: { TOKEN: REDACTED, N: REDACTED }, headers: { Authorization: REDACTED } });
});

test("a long text without any secret is read in a moment", () => {
  const startedAt = performance.now();
  for (const piece of ["a", "a1", "token", "-", "--", "a://", "Bearer ", "'", "-----BEGIN A-----", "@", "?"]) {
    createRedactor([]).text(piece.repeat(Math.ceil(64_000 / piece.length)));
  }
  assert.ok(performance.now() - startedAt < 5_000);
});
