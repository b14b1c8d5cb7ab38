// Do `validate quick` and `validate simple` pass where all is well, and does the latter go red where a part is broken on purpose?
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { validateSimple } from "../src/offline/validate/simple.ts";
import { runToExit, startGateway } from "./kit.ts";
import type { Meddling } from "./meddling-proxy.ts";
import { startPostgres } from "./pg.ts";
import { keeping, type Meddled, openMeddled } from "./validate-kit.ts";

let meddled: Meddled;
before(async () => {
  meddled = await openMeddled();
});
after(() => meddled?.close());

async function simple(meddle: Meddling = {}, databaseUrl: string | null = null) {
  meddled.proxy.meddle = meddle;
  const { terminal, text } = keeping();
  const code = await validateSimple(meddled.address, terminal, { json: false, databaseUrl });
  return { code, text: text() };
}

const changed = (change: (body: Record<string, unknown>) => object) => (text: string) =>
  JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));

describe("validate quick", () => {
  test("the command needs nothing that runs, takes less than two seconds, and ends with 0", async () => {
    const startedAt = performance.now();
    const { code, stdout, stderr } = await runToExit(["validate", "quick"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stripVTControlCharacters(stdout), /\n3\/3 sections, 100 % /);
    // Far more than it takes, for a machine with other work.
    assert.ok(performance.now() - startedAt < 10_000);
  });
});

describe("validate simple", () => {
  test("passes every check of a gateway that is well", async () => {
    const { code, text } = await simple();
    assert.equal(code, 0, text);
    assert.match(text, /PASS {2}\/ws begins with initial_status: initial_status with 1 servers/);
    assert.match(text, /\n8\/8 sections, 100 % \(13 of 13 checks\)$/);
  });

  test("says so, and ends with 1, where no gateway answers", async () => {
    const { code, stdout } = await runToExit(["validate", "simple", "--url", "http://127.0.0.1:1"]);
    assert.equal(code, 1);
    assert.match(stdout, /answers: .*No gateway answers at http:\/\/127\.0\.0\.1:1\. Start it with `npm start`/);
    assert.match(stdout, /\n0\/1 sections, 0 % /);
  });

  test("--json is one document, also for a command that fails", async () => {
    const { code, stdout } = await runToExit(["validate", "simple", "--url", meddled.gateway.url, "--json"], {
      OMNI2_ADMIN_TOKEN: "wrong-token-wrong-token",
    });
    const answer = JSON.parse(stdout) as { ok: boolean; sections: { checks: { name: string; ok: boolean }[] }[] };
    assert.deepEqual([code, answer.ok], [1, false]);
    assert.ok(
      answer.sections.flatMap(({ checks }) => checks).some(({ name, ok }) => name === "its tables can be read" && !ok),
    );
  });

  const BROKEN: readonly [what: string, meddle: Meddling, said: RegExp][] = [
    [
      "a gateway that is not ready",
      { swallowed: { test: /readyz/, status: 503 } },
      /FAIL {2}it is alive and ready: expected HTTP of \/livez and \/readyz \[200,200\], saw \[200,503\]/,
    ],
    [
      "a coordinator that has stopped",
      { answers: { "GET /health": changed((body) => ({ ...body, components: {} })) } },
      /FAIL {2}all of its parts are at work: expected coordinator at work within 180000 ms, saw undefined/,
    ],
    [
      "a database that is lost",
      { answers: { "GET /health": changed((body) => ({ ...body, database: "lost" })) } },
      /FAIL {2}it is ready: expected database ready, saw lost/,
    ],
    [
      "tables of another shape",
      { answers: { "GET /api/calls": () => '{"items":[{"id":1}]}' } },
      /FAIL {2}its tables can be read: expected calls as published, saw items\.0\.id: /,
    ],
    [
      "a configuration with a key of the wrong kind",
      {
        answers: {
          "GET /api/config": changed((body) => ({ ...body, document: { mcpServers: {}, omni2: { live: 1 } } })),
        },
      },
      /FAIL {2}its keys are those of the schema: expected omni2 as published, saw live: /,
    ],
    [
      "a server that is configured and not there",
      { answers: { "GET /api/servers": () => '{"items":[]}' } },
      /FAIL {2}what it defines is what there is: expected servers \["echo"\], saw \[\]/,
    ],
    [
      "a server that cannot be asked for",
      { swallowed: { test: /servers\/echo/, status: 500 } },
      /FAIL {2}each can be asked for: expected no error, saw HTTP 500/,
    ],
    [
      "a dashboard without its script",
      { swallowed: { test: /assets\/.*js/, status: 404 } },
      /FAIL {2}its scripts and styles load: expected javascript at \/assets\/.*, saw HTTP 404/,
    ],
    [
      "a live feed that lets nobody in",
      { swallowed: { test: /tickets/, status: 500 } },
      /FAIL {2}\/ws begins with initial_status: expected no error, saw HTTP 500/,
    ],
    [
      "metrics that no scraper reads",
      { answers: { "GET /metrics": (text) => `${text}omni2_odd one\n` } },
      /FAIL {2}\/metrics can be scraped: expected lines that are no samples \[\], saw \["omni2_odd one"\]/,
    ],
  ];
  for (const [what, meddle, said] of BROKEN) {
    test(`${what} is told with what was expected and seen, and ends it with 1`, async () => {
      const { code, text } = await simple(meddle);
      assert.equal(code, 1);
      assert.match(text, said);
      assert.match(text, /\n[67]\/8 sections, \d\d % /);
    });
  }

  test("a database with another schema is told, and the one that a gateway has made passes", async (t) => {
    const postgres = await startPostgres();
    if ("skip" in postgres) return t.skip(postgres.skip);
    t.after(() => postgres.stop());
    const empty = await simple({}, postgres.url);
    assert.equal(empty.code, 1);
    assert.match(
      empty.text,
      /FAIL {2}its schema is this version's: expected the tables of schema omni2 at .*, saw .*migrations/,
    );
    const other = await startGateway({ servers: {}, databaseUrl: postgres.url });
    await other.stop();
    const { code, text } = await simple({}, postgres.url);
    assert.equal(code, 0, text);
    assert.match(text, /PASS {2}its schema is this version's: \d+ steps, up to /);
    assert.doesNotMatch(text, /postgres:\/\//);
  });
});
