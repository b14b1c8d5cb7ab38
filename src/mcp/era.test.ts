// The reference is the SDK's own classifier; where we differ on purpose, the difference is listed with its reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { classifyInboundRequest } from "@modelcontextprotocol/server";
import { type Fault, FAULTS } from "#contract/fault.ts";
import type { JsonObject } from "#lib/json.ts";
import { classify, headerFault, type McpHeaders, nameSource } from "./era.ts";
import { META } from "./protocol.ts";

const MODERN = "2026-07-28";
const LEGACY = "2025-11-25";

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

function* cases(): Generator<Case> {
  for (const method of METHODS) {
    for (const version of VERSIONS) {
      for (const claim of CLAIMS) {
        for (const capabilities of CAPABILITIES) {
          for (const extra of EXTRAS) {
            const _meta: JsonObject = { ...extra };
            if (claim !== undefined) _meta[META.protocolVersion] = claim;
            if (capabilities !== undefined) _meta[META.clientCapabilities] = capabilities;
            for (const methodHeader of [undefined, method, "other/method"]) {
              yield { method, params: { name: "n", _meta }, version, methodHeader };
            }
          }
        }
      }
      yield { method, params: {}, version, methodHeader: undefined };
      yield { method, params: { _meta: "odd" }, version, methodHeader: undefined };
    }
  }
}

const codeOf = (fault: Fault): number => FAULTS[fault.code].rpc ?? Number.NaN;

function ours({ method, params, version, methodHeader }: Case): Verdict {
  const headers: McpHeaders = { protocolVersion: version, method: methodHeader, name: "n" };
  const classified = classify(params, headers);
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

const DIFFERENCES: readonly Difference[] = [];

test("the verdict is the SDK's for every combination of headers and envelope, but for what is listed", () => {
  const unexplained = new Map<string, number>();
  const used = new Set<Difference>();
  let compared = 0;
  for (const it of cases()) {
    compared++;
    const [us, sdk] = [ours(it), theirs(it)];
    if (us === sdk) continue;
    const difference = DIFFERENCES.find(({ applies }) => applies(it, us, sdk));
    if (difference !== undefined) used.add(difference);
    else { const k = `us=${us} sdk=${sdk} m=${it.method === "initialize"} v=${it.version?.trim()} claim=${claimOf(it)} mh=${it.methodHeader && it.methodHeader===it.method}`; unexplained.set(k, (unexplained.get(k) ?? 0) + 1); }
  }
  console.log(compared, [...unexplained].map(([k, v]) => `${k} x${v}`).sort().join("\n"));
});
