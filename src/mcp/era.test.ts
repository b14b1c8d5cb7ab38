// The reference is the SDK's own classifier; where we differ on purpose, the difference is listed with its reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { classifyInboundRequest } from "@modelcontextprotocol/server";
import { FAULTS, type Fault } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import { classify, headerFault, type McpHeaders, nameSource } from "./era.ts";
import { META } from "./protocol.ts";

const MODERN = "2026-07-28";
const LEGACY = "2025-11-25";

const HEADER_MISMATCH = -32020;
const INVALID_PARAMS = -32602;
const INVALID_REQUEST = -32600;
const VERSION_UNSUPPORTED = -32022;

/** `legacy`, `modern`, or the JSON-RPC code of a refusal. */
type Verdict = "legacy" | "modern" | number;

interface Case {
  readonly method: string;
  readonly params: JsonObject;
  readonly version: string | undefined;
  readonly methodHeader: string | undefined;
}

const VERSIONS = [undefined, MODERN, ` ${MODERN}\t`, LEGACY, "2024-11-05", "2026-12-31", "1999-01-01", "latest", ""];
const CLAIMS: unknown[] = [undefined, MODERN, LEGACY, "2026-12-31", "1999-01-01", 1, null];
const CAPABILITIES: unknown[] = [undefined, {}, { sampling: {} }, null, [], "all"];
const EXTRAS: JsonObject[] = [
  {},
  { [META.clientInfo]: { name: "c", version: "1" } },
  { [META.clientInfo]: "c" },
  { [META.logLevel]: "debug" },
  { [META.logLevel]: "loud" },
  { progressToken: 1, traceparent: "00-1" },
];
const METHODS = ["tools/call", "initialize", "server/discover"];

function* envelopes(): Generator<JsonObject> {
  for (const claim of CLAIMS) {
    for (const capabilities of CAPABILITIES) {
      const both = {
        ...(claim === undefined ? {} : { [META.protocolVersion]: claim }),
        ...(capabilities === undefined ? {} : { [META.clientCapabilities]: capabilities }),
      };
      for (const extra of EXTRAS) yield { name: "n", _meta: { ...extra, ...both } };
    }
  }
  yield {};
  yield { _meta: "odd" };
}

function* cases(): Generator<Case> {
  for (const params of envelopes()) {
    for (const version of VERSIONS) {
      for (const method of METHODS) {
        for (const methodHeader of [undefined, method, "other/method"]) yield { method, params, version, methodHeader };
      }
    }
  }
}

const codeOf = (fault: Fault): number => FAULTS[fault.code].rpc ?? Number.NaN;

function ours({ method, params, version, methodHeader }: Case): Verdict {
  const headers: McpHeaders = { protocolVersion: version, method: methodHeader, name: "n" };
  const classified = classify({ method, params }, headers);
  if (classified.era !== "modern") return classified.era === "refused" ? codeOf(classified.fault) : "legacy";
  const fault = methodHeader === undefined ? undefined : headerFault(method, params, headers);
  return fault === undefined ? "modern" : codeOf(fault);
}

function theirs({ method, params, version, methodHeader }: Case): Verdict {
  const outcome = classifyInboundRequest({
    httpMethod: "POST",
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(methodHeader === undefined ? {} : { mcpMethodHeader: methodHeader }),
    body: { jsonrpc: "2.0", id: 1, method, params },
  });
  return outcome.kind === "reject" ? outcome.code : outcome.kind;
}

interface Difference {
  readonly reason: string;
  readonly applies: (it: Case, us: Verdict, sdk: Verdict) => boolean;
}

const claimOf = ({ params }: Case): unknown => (params._meta as JsonObject | undefined)?.[META.protocolVersion];
const headerOf = ({ version }: Case): string | undefined => version?.trim();

const DIFFERENCES: readonly Difference[] = [
  {
    reason: "an _meta that is no object is no envelope; the SDK refuses the whole message",
    applies: ({ params }, _, sdk) => sdk === INVALID_REQUEST && params._meta === "odd",
  },
  {
    reason: "a header that disagrees or is missing is told before what is wrong inside the envelope",
    applies: (_, us, sdk) => us === HEADER_MISMATCH && sdk === INVALID_PARAMS,
  },
  {
    reason: "the header is required with an envelope; the SDK asks for it one step later",
    applies: (it, us, sdk) => us === HEADER_MISMATCH && sdk === "modern" && it.version === undefined,
  },
  {
    reason: "whether the claimed version is served is decided here, and before the rest of its envelope is judged",
    applies: (it, us, sdk) => us === VERSION_UNSUPPORTED && sdk !== "legacy" && claimOf(it) !== MODERN,
  },
  {
    reason: "a header with a version that nobody serves is refused; the SDK leaves that to its legacy transport",
    applies: (it, us, sdk) => us === INVALID_REQUEST && sdk === "legacy" && claimOf(it) === undefined,
  },
  {
    reason: "a header that is no date is not taken for a modern version",
    applies: (it, us) => us === (it.method === "initialize" ? "legacy" : INVALID_REQUEST) && headerOf(it) === "latest",
  },
];

test("the verdict is the SDK's for every combination of headers and envelope, but for what is listed", () => {
  const used = new Set<Difference>();
  let compared = 0;
  for (const it of cases()) {
    compared++;
    const [us, sdk] = [ours(it), theirs(it)];
    if (us === sdk) continue;
    const difference = DIFFERENCES.find(({ applies }) => applies(it, us, sdk));
    assert.ok(difference, `we say ${us}, the SDK says ${sdk}: ${JSON.stringify(it)}`);
    used.add(difference);
  }
  assert.ok(compared > 20_000);
  assert.deepEqual(
    DIFFERENCES.filter((difference) => !used.has(difference)).map(({ reason }) => reason),
    [],
  );
});

const ENVELOPE: JsonObject = { [META.protocolVersion]: MODERN, [META.clientCapabilities]: {} };

test("a modern request brings its log level, a refused version the versions that are served", () => {
  const headers: McpHeaders = { protocolVersion: MODERN, method: "ping", name: undefined };
  const asked = (_meta: JsonObject) => classify({ method: "ping", params: { _meta } }, headers);
  assert.deepEqual(asked({ ...ENVELOPE, [META.logLevel]: "error" }), { era: "modern", logLevel: "error" });
  assert.deepEqual(asked(ENVELOPE), { era: "modern", logLevel: undefined });
  const future = "2027-01-01";
  const refused = classify(
    { method: "ping", params: { _meta: { ...ENVELOPE, [META.protocolVersion]: future } } },
    { ...headers, protocolVersion: future },
  );
  assert.equal(refused.era, "refused");
  assert.deepEqual(refused.fault.data, {
    supported: [MODERN, LEGACY, "2025-06-18", "2025-03-26", "2024-11-05"],
    requested: future,
  });
});

const NAMED: [method: string, params: JsonObject, header: string | undefined, agrees: boolean][] = [
  ["tools/call", { name: "echo" }, "echo", true],
  ["tools/call", { name: "echo" }, " echo\t", true],
  ["tools/call", { name: "é" }, "=?base64?w6k=?=", true],
  ["tools/call", { name: "echo" }, undefined, false],
  ["tools/call", { name: "echo" }, "other", false],
  ["tools/call", { name: "é" }, "=?base64?w6k?=", false],
  ["tools/call", {}, undefined, true],
  ["resources/read", { uri: "a://b" }, "a://b", true],
  ["resources/read", { uri: "a://b", name: "n" }, "n", false],
  ["prompts/get", { name: "p" }, "p", true],
  ["tools/list", { name: "n" }, undefined, true],
  ["constructor", {}, undefined, true],
];
for (const [method, params, name, agrees] of NAMED) {
  const said = name === undefined ? "no Mcp-Name" : `Mcp-Name ${JSON.stringify(name)}`;
  test(`${method} of ${JSON.stringify(params)} and ${said} ${agrees ? "agree" : "disagree"}`, () => {
    const fault = headerFault(method, params, { protocolVersion: MODERN, method, name });
    assert.equal(fault?.code, agrees ? undefined : "HEADER_MISMATCH");
  });
}

test("a missing or different Mcp-Method is told", () => {
  for (const method of [undefined, "", "tools/call"]) {
    const fault = headerFault("tools/list", {}, { protocolVersion: MODERN, method, name: undefined });
    assert.match(fault?.message ?? "", /^Bad request: the Mcp-Method header (is missing|does not say tools\/list)\.$/);
  }
});

test("a name is taken only from the parameter that the method has for it", () => {
  assert.equal(nameSource("resources/read", { name: "n", uri: "u" }), "u");
  assert.equal(nameSource("tools/list", { name: "n" }), undefined);
  assert.equal(nameSource("__proto__", { name: "n" }), undefined);
  assert.equal(nameSource("tools/call", { name: 7 }), undefined);
});
