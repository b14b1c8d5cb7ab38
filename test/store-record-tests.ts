// The part of the store's suite about what happened: the health log, calls, minutes, and batches of them all.
import assert from "node:assert/strict";
import type { StoreBatch } from "#store/write.ts";
import { call, definition, type Now, sick, type Test } from "./store-kit.ts";

export function recordTests(test: Test, now: Now): void {
  test("the health log answers the newest rows first", async () => {
    const row = { server: "s", status: "down", health: "unhealthy", message: "gone", latencyMs: null } as const;
    await now.store.healthLog.append([
      { at: 1000, eventType: "probe_failed", ...row },
      { at: 2000, eventType: "disconnected", ...row },
    ]);
    const recent = await now.store.healthLog.recent("s", 5);
    assert.deepEqual(
      recent.map((found) => [found.at, found.eventType]),
      [
        [2000, "disconnected"],
        [1000, "probe_failed"],
      ],
    );
  });

  test("call records come back as they were, and a batch sent twice counts once", async () => {
    const explained = {
      cacheReason: "untrusted",
      ageMs: 5.5,
      queuedMs: 1.5,
      backoffMs: 250,
      breaker: "half_open",
    } as const;
    const records = [
      call("one", { ...explained, upstreamMs: 0.75, attempts: 2 }),
      call("two", { at: 1_700_000_000_002, server: null, faultCode: "TOOL_NOT_FOUND" }),
    ];
    await now.store.calls.append(records);
    await now.store.calls.append(records);
    assert.deepEqual(await now.store.calls.page({ limit: 10 }), { items: [records[1], records[0]], next: null });
    assert.deepEqual(await now.store.calls.get("one"), records[0]);
    assert.equal(await now.store.calls.get("one\0"), null);
  });

  test("minutes of calls add up, within a batch and between batches", async () => {
    const minute = { minute: 60_000, name: "t", kind: "tool", outcome: "ok", disposition: "hit" } as const;
    const row = { ...minute, server: null, calls: 2, durationMsSum: 10, durationMsMax: 7 };
    await now.store.callMinutes.add([row, { ...row, durationMsMax: 3 }]);
    await now.store.callMinutes.add([
      { ...row, durationMsMax: 9 },
      { ...row, server: "s" },
    ]);
    assert.deepEqual(await now.store.callMinutes.since(60_000, 10), [
      { ...row, calls: 6, durationMsSum: 30, durationMsMax: 9 },
      { ...row, server: "s" },
    ]);
    assert.equal(await now.store.callMinutes.prune(60_001), 2);
  });
}

export function batchTests(test: Test, now: Now): void {
  const minute = { minute: 180_000, server: "whole", name: "t", kind: "tool", outcome: "ok" } as const;
  const happened = { server: "whole", status: "down", health: "unhealthy", message: "gone", latencyMs: null } as const;
  const batch = {
    servers: [{ name: "whole", ...sick }],
    healthLog: [
      { at: 1000, eventType: "circuit_open", ...happened },
      { at: 1000, eventType: "auto_disabled", ...happened },
    ],
    events: [{ epoch: "whole", seq: 1, at: 1000, type: "ping", server: "whole", severity: null, data: {} }],
    calls: [call("whole")],
    callMinutes: [{ ...minute, disposition: "hit", calls: 2, durationMsSum: 1, durationMsMax: 1 }],
  } satisfies StoreBatch;
  const stored = async (): Promise<unknown[]> => [
    (await now.store.servers.loadHealth()).map(({ name, status }) => `${name} ${status}`),
    (await now.store.healthLog.recent("whole", 5)).map(({ eventType }) => eventType),
    (await now.store.calls.get("whole"))?.id,
    (await now.store.events.after("whole", 0, { limit: 5 })).length,
    (await now.store.callMinutes.since(180_000, 5)).map(({ calls }) => calls),
  ];

  test("a batch whose last statement fails leaves nothing behind, and written again it is there once", async () => {
    await now.store.servers.syncDefinitions([definition("whole")]);
    const callMinutes = batch.callMinutes.map((row) => ({ ...row, name: null as unknown as string }));
    const refused = { ...batch, callMinutes };
    await assert.rejects(now.store.write(refused), /null value in column "name"/);
    assert.deepEqual(await stored(), [["whole unknown"], [], undefined, 0, []]);
    await now.store.write(batch);
    assert.deepEqual(await stored(), [["whole down"], ["auto_disabled", "circuit_open"], "whole", 1, [2]]);
  });

  test("a batch with nothing in it changes nothing", async () => {
    const before = await stored();
    await now.store.write({ servers: [], healthLog: [], events: [], calls: [], callMinutes: [] });
    assert.deepEqual(await stored(), before);
  });
}
