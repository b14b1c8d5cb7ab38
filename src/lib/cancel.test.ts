import assert from "node:assert/strict";
import { test } from "node:test";
import { Cancellation } from "./cancel.ts";

test("every listener hears it once, in order, with the first reason", () => {
  const cancellation = new Cancellation();
  const heard: unknown[] = [];
  cancellation.addEventListener("abort", () => heard.push(["function", cancellation.reason]));
  cancellation.addEventListener("abort", { handleEvent: () => heard.push(["object", cancellation.aborted]) });
  cancellation.abort("first");
  cancellation.abort("second");
  assert.deepEqual(heard, [
    ["function", "first"],
    ["object", true],
  ]);
  assert.equal(cancellation.reason, "first");
});

test("who left or came too late hears nothing", () => {
  const cancellation = new Cancellation();
  const listener = (): void => assert.fail("not to be called");
  cancellation.addEventListener("abort", listener);
  cancellation.removeEventListener("abort", listener);
  cancellation.removeEventListener("abort", listener);
  cancellation.abort("over");
  cancellation.addEventListener("abort", listener);
});

test("a listener may cancel again or leave while it is told", () => {
  const cancellation = new Cancellation();
  let times = 0;
  const listener = (): void => {
    times++;
    cancellation.abort("again");
    cancellation.removeEventListener("abort", listener);
  };
  cancellation.addEventListener("abort", listener);
  cancellation.addEventListener("abort", () => times++);
  cancellation.abort("over");
  assert.equal(times, 2);
});

test("it is its own signal", () => {
  const cancellation = new Cancellation();
  assert.equal(cancellation.signal, cancellation);
  assert.equal(cancellation.signal.aborted, false);
});
