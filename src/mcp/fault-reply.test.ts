import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { type FaultContext, faultReply } from "./fault-reply.ts";
import { META } from "./protocol.ts";

const CODES = Object.keys(FAULTS) as FaultCode[];
const reply = (fault: unknown, more: Partial<FaultContext> = {}) => {
  const { status, body } = faultReply(fault, { id: 7, era: "modern", ...more });
  return { status, message: JSON.parse(body) };
};
const toolCall = { id: "c_1", kind: "tool" } as const;

for (const code of CODES.filter((each) => FAULTS[each].audience === "model")) {
  test(`${code} of a tool call is told to the model as a result`, () => {
    const fault = new Fault(code, "files is away.", { server: "files", retryAfterMs: 8_000 });
    const { status, message } = reply(fault, { call: toolCall });
    assert.equal(status, 200);
    assert.deepEqual(message, {
      jsonrpc: "2.0",
      id: 7,
      result: {
        resultType: "complete",
        content: [{ type: "text", text: "files is away." }],
        isError: true,
        _meta: { [META.call]: "c_1", [META.fault]: { code, server: "files", retryAfterMs: 8_000 } },
      },
    });
    assert.equal(reply(fault, { call: toolCall, era: "legacy" }).message.result.resultType, undefined);
  });
}

for (const code of CODES) {
  test(`${code} before a call is an error with the HTTP status of its row`, () => {
    const { status, message } = reply(new Fault(code, "No."));
    assert.equal(status, FAULTS[code].http === 0 ? 500 : FAULTS[code].http);
    assert.deepEqual(message, { jsonrpc: "2.0", id: 7, error: { code: FAULTS[code].rpc ?? -32600, message: "No." } });
  });
}

test("what is wrong with a legacy request's method or parameters is told in band", () => {
  for (const code of ["METHOD_NOT_FOUND", "INVALID_PARAMS"] as const) {
    assert.equal(reply(new Fault(code, "No."), { era: "legacy" }).status, 200);
    assert.notEqual(reply(new Fault(code, "No.")).status, 200);
  }
});

test("a fault of another kind of call is an error in band with the call's id", () => {
  const fault = new Fault("UPSTREAM_TIMEOUT", "Too late.", { retryAfterMs: 5 });
  for (const kind of ["prompt", "resource", "completion"] as const) {
    const { status, message } = reply(fault, { call: { id: "c_1", kind } });
    assert.equal(status, 200);
    assert.deepEqual(message.error, {
      code: -32603,
      message: "Too late.",
      data: { [META.call]: "c_1", retryAfterMs: 5 },
    });
  }
});

test("a fault's own data is passed on", () => {
  const fault = new Fault("VERSION_UNSUPPORTED", "No.", { data: { supported: ["a"], requested: "b" } });
  assert.deepEqual(reply(fault).message.error.data, { supported: ["a"], requested: "b" });
});

test("a bug says nothing about itself", () => {
  const { status, message } = reply(new TypeError("secret detail"), { id: null });
  assert.equal(status, 500);
  assert.equal(message.id, null);
  assert.doesNotMatch(JSON.stringify(message), /secret/);
});
