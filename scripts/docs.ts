// Do the generated pages of docs/ say what the source says? Writes them; --check only compares.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { configJsonSchema, configMarkdown } from "#config/describe.ts";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { FAULTS, type FaultAudience, type FaultRow } from "#contract/fault.ts";
import { QUERIES } from "#contract/queries.ts";
import { ROUTE_WORDS } from "#contract/route-words.ts";
import { roleText } from "#http/openapi.ts";
import { matrixMarkdown } from "../test/faults/matrix.ts";
import { ROWS } from "../test/faults/rows.ts";

const docs = resolve(import.meta.dirname, "..", "docs");

const AUDIENCES: Readonly<Record<FaultAudience, string>> = {
  host: "the MCP host or API client",
  model: "the model, as a result with `isError`",
  person: "a person",
  nobody: "nobody",
};

const faultRow = ([code, row]: [string, FaultRow]): string =>
  [
    `\`${code}\``,
    row.http === 0 ? "-" : row.http,
    row.rpc ?? "-",
    row.retryable ? "yes" : "no",
    AUDIENCES[row.audience],
    row.exit,
    row.text,
  ].join(" | ");

const faultsMarkdown = (): string => `# Faults

*Generated from \`src/contract/fault.ts\` by \`npm run docs\`; edit it there.*

Every error that the gateway itself expects is one of these. REST answers the HTTP status with
\`{"error": {"code", "message", "retryAfterMs"?, "requestId"}}\`. Over MCP a fault for the host is a JSON-RPC error with the code
below (or the HTTP status alone where there is none), and a fault for the model is a tool result with \`isError\` and the code in
\`_meta["omni2/fault"]\`, so that the model can do something else. A command ends with the exit code. A result that a server
itself marked \`isError\` is no fault: it passes untouched.

| code | HTTP | JSON-RPC | may succeed later | who is told | exit | meaning |
|---|--:|--:|---|---|--:|---|
${Object.entries(FAULTS)
  .map((entry) => `| ${faultRow(entry)} |`)
  .join("\n")}
`;

const routeRow = (key: RouteKey): string => {
  const query = Object.keys(QUERIES[key]?.shape ?? {}).map((name) => `\`${name}\``);
  return [`\`${key}\``, query.join(", "), ROUTES[key].for, ROUTE_WORDS[key]].join(" | ");
};

const restMarkdown = (): string => `# REST

*Generated from \`src/contract/\` by \`npm run docs\`; edit it there.*

The same table as an OpenAPI 3.1 document with every schema is at \`GET /api/openapi.json\`. A credential is the admin token or a
key, as \`Authorization: Bearer\`, or the cookie that \`POST /api/login\` sets; each role may do what those before it may: viewer,
operator, admin. "everybody" means: ${lowerFirst(roleText("GET /health"))} An error answers
\`{"error": {"code", "message", "retryAfterMs"?, "requestId", "issues"?}}\` with the status of [its code](faults.md). Bodies are
JSON. Lists answer \`{"items": [...], "next"?}\`. The two routes that change the configuration demand \`If-Match\` with the revision
that \`GET /api/config\` answered.

| route | query | role | what it does |
|---|---|---|---|
${(Object.keys(ROUTES) as RouteKey[]).map((key) => `| ${routeRow(key)} |`).join("\n")}
`;

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const PAGES: readonly [file: string, text: string][] = [
  ["config.md", configMarkdown()],
  ["config.schema.json", configJsonSchema()],
  ["faults.md", faultsMarkdown()],
  ["faults-matrix.md", matrixMarkdown(ROWS)],
  ["rest.md", restMarkdown()],
];

const stale = PAGES.filter(([name, text]) => {
  const file = join(docs, name);
  return !existsSync(file) || readFileSync(file, "utf8") !== text;
});
if (process.argv.includes("--check")) {
  for (const [name] of stale) console.error(`docs/${name} is not what the source says: run \`npm run docs\``);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [name, text] of stale) {
    writeFileSync(join(docs, name), text);
    console.log(`docs/${name} written`);
  }
}
