import assert from "node:assert/strict";
import { test } from "node:test";
import { AUTH, errorOf, post, send } from "./client.fixture.ts";
import { stagedAs } from "./staged.fixture.ts";

const on = await stagedAs("admin");
const url = on.http.url;

const PATCH = { omni2: { hideAfterMs: 5, cache: null } };
const sending = (body: unknown, ifMatch?: string) => {
  const { headers, ...rest } = post(body);
  return { ...rest, headers: { ...headers, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) } };
};

test("the configuration is shown with its revision as its tag", async () => {
  const reply = await send(url, "GET /api/config", { headers: AUTH });
  assert.deepEqual([reply.status, reply.headers.etag, JSON.parse(reply.text).revision], [200, '"7"', 7]);
});

for (const ifMatch of ["7", '"7"', ' "7" ']) {
  test(`a change that names its revision as ${ifMatch} is handed on with who asks`, async () => {
    const reply = await send(url, "PATCH /api/config", sending(PATCH, ifMatch));
    assert.deepEqual([reply.status, on.acts], [200, [["config", PATCH, { ifMatch: 7, dryRun: false }, "admin"]]]);
  });
}

test("a dry run is handed on as one, also of going back", async () => {
  await send(url, "PATCH /api/config?dryRun=true", sending({}, "7"));
  await send(url, "POST /api/config/revisions/3/apply?dryRun=true", { headers: { ...AUTH, "if-match": "7" } });
  const ask = { ifMatch: 7, dryRun: true };
  assert.deepEqual(on.acts, [
    ["config", {}, ask, "admin"],
    ["config", 3, ask, "admin"],
  ]);
});

const REFUSED: readonly [title: string, line: string, body: unknown, ifMatch: string | undefined, said: RegExp][] = [
  ["a change without a revision", "PATCH /api/config", {}, undefined, /If-Match must name the revision/],
  ["a change of any revision", "PATCH /api/config", {}, "*", /If-Match/],
  ["a part that there is not", "PATCH /api/config", { servers: {} }, "7", /servers/],
  ["a part that is no object", "PATCH /api/config", { omni2: 5 }, "7", /omni2/],
  ["a wrong word for a dry run", "PATCH /api/config?dryRun=yes", {}, "7", /dryRun/],
  ["a misspelt dry run", "PATCH /api/config?dryrun=true", {}, "7", /dryrun/],
  ["a misspelt limit", "GET /api/config/revisions?Limit=1", undefined, undefined, /Limit/],
  ["no number of a revision", "POST /api/config/revisions/x/apply", undefined, "7", /by its number/],
  ["too many revisions", "GET /api/config/revisions?limit=1001", undefined, undefined, /limit/],
];
for (const [title, line, body, ifMatch, said] of REFUSED) {
  test(`refused before anything is done: ${title}`, async () => {
    const reply = await send(
      url,
      line,
      body === undefined
        ? { headers: { ...AUTH, ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) } }
        : sending(body, ifMatch),
    );
    assert.deepEqual([reply.status, errorOf(reply).code, on.acts], [400, "INVALID_REQUEST", []]);
    assert.match(errorOf(reply).message, said);
  });
}

test("operators read the configuration and its revisions, admins change it", async () => {
  const reads = ["GET /api/config", "GET /api/config/revisions?limit=3"];
  const writes = ["PATCH /api/config", "POST /api/config/revisions/3/apply"];
  const statuses = async (lines: readonly string[]): Promise<number[]> =>
    Promise.all(lines.map(async (line) => (await send(url, line, { headers: AUTH })).status));
  on.role = "viewer";
  assert.deepEqual(await statuses([...reads, ...writes]), [403, 403, 403, 403]);
  on.role = "operator";
  assert.deepEqual(await statuses([...reads, ...writes]), [200, 200, 403, 403]);
  assert.deepEqual(on.acts, [["config", "revisions", 3]]);
});
