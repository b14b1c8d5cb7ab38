import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable } from "./abortable.ts";
import { Cancellation } from "./cancel.ts";

const SIGNALS: [title: string, make: () => { signal: AbortSignal | Cancellation; abort: (reason: unknown) => void }][] =
  [
    [
      "an AbortSignal",
      () => {
        const controller = new AbortController();
        return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
      },
    ],
    [
      "a Cancellation",
      () => {
        const cancellation = new Cancellation();
        return { signal: cancellation, abort: (reason) => cancellation.abort(reason) };
      },
    ],
  ];

for (const [title, make] of SIGNALS) {
  test(`one waiter leaves by ${title}, the others get the outcome`, async () => {
    const work = Promise.withResolvers<string>();
    const leaving = make();
    const left = abortable(work.promise, leaving.signal);
    const stayed = abortable(work.promise, make().signal);
    leaving.abort("tired");
    await assert.rejects(left, (reason) => reason === "tired");
    work.resolve("done");
    assert.equal(await stayed, "done");
  });

  test(`${title} that has aborted does not wait at all`, async () => {
    const given = make();
    given.abort("over");
    await assert.rejects(abortable(new Promise(() => {}), given.signal), (reason) => reason === "over");
  });

  test(`what goes wrong reaches who waits with ${title}`, async () => {
    await assert.rejects(abortable(Promise.reject(new Error("broken")), make().signal), /broken/);
  });
}
