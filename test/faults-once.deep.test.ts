// Is a call that must not be repeated ever carried out twice? Ten thousand of them while servers reset, crash, refuse and lose
// answers; the servers themselves count outside of their processes what they really did.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { openCaller } from "./faults/caller.ts";
import { faultyEntry, QUICK, startFaces, TRANSPORTS, type Transport } from "./faults/stage.ts";
import { createDice } from "./kills-kit.ts";
import { startGateway, type TestGateway } from "./kit.ts";
import { allUp } from "./recovery-kit.ts";
import { type FaultFolder, openFaultFolder } from "./upstreams/faulty-modes.ts";
import type { RunningServer } from "./upstreams/start.ts";

const CALLS = 10_000;
const CALLERS = 24;
/** Share of calls that meet a fault, and of those to a process, which dies from it. */
const FAULTY = 0.15;
const DEADLY = 0.01;
/** What the servers see may exceed what was asked by so much. */
const AMPLIFICATION = 1.2;
const TIMEOUT_MS = 1_500;
/** Breakers would refuse most calls before they could go wrong. */
const PATIENT = { timeoutMs: TIMEOUT_MS, breaker: { ...QUICK.breaker, failures: 1_000, failureRatio: 1 } };

type Act = Readonly<Record<string, unknown>>;

const HTTP_ACTS: readonly Act[] = [
  { do: "reset" },
  { do: "reset_mid_body" },
  { do: "reset_mid_stream" },
  { do: "status", status: 500 },
  { do: "status", status: 502 },
  { do: "status", status: 429, headers: { "retry-after": "0" } },
  { do: "partial_sse", how: "half" },
  { do: "garbage" },
  { do: "typed", type: "text/html", body: "oops" },
  { do: "error" },
];
const ACTS: Readonly<Record<Transport, readonly Act[]>> = {
  stdio: [{ do: "neither" }, { do: "both" }, { do: "twice" }, { do: "error" }],
  http: HTTP_ACTS,
  modern: HTTP_ACTS,
  sse: [{ do: "twice" }, { do: "error" }],
};
const DEADLY_ACTS: Readonly<Record<Transport, Act>> = {
  stdio: { do: "die" },
  http: { do: "hang" },
  modern: { do: "hang" },
  sse: { do: "reset" },
};

let folder: FaultFolder;
let face: RunningServer;
let gateway: TestGateway;

before(async () => {
  folder = openFaultFolder();
  face = await startFaces(folder);
  const entries = TRANSPORTS.map((transport) => [
    transport,
    { ...faultyEntry(transport, transport, { folder, face }), ...PATIENT },
  ]);
  gateway = await startGateway({ servers: Object.fromEntries(entries) });
  await allUp(gateway, TRANSPORTS);
});

after(async () => {
  await gateway?.stop();
  await face?.stop();
  folder?.remove();
});

function actFor(transport: Transport, dice: () => number): Act {
  const rolled = dice();
  if (rolled < DEADLY) return DEADLY_ACTS[transport];
  const acts = ACTS[transport];
  return rolled < FAULTY ? (acts[Math.floor(dice() * acts.length)] ?? {}) : {};
}

it("ten thousand calls that must not be repeated are each carried out once at most, whatever is lost", async (t) => {
  const caller = await openCaller(gateway);
  const dice = createDice(10_000);
  const outcomes = new Map<string, string>();
  let asked = 0;
  const work = async (): Promise<void> => {
    while (asked < CALLS) {
      const key = `call-${asked++}`;
      const server = TRANSPORTS[asked % TRANSPORTS.length] ?? "stdio";
      const args = { key, ...actFor(server, dice) };
      const { outcome } = await caller.call({ server, tool: "add_one", arguments: args, limitMs: TIMEOUT_MS });
      outcomes.set(key, outcome);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, work));
  const ledger = folder.ledger();
  const twice = [...ledger].filter(([, times]) => times > 1);
  assert.deepEqual(twice, []);
  const succeeded = [...outcomes].filter(([, outcome]) => outcome === "ok");
  assert.deepEqual(
    succeeded.filter(([key]) => ledger.get(key) !== 1),
    [],
    "a call that succeeded was carried out",
  );
  assert.ok(succeeded.length > CALLS * 0.6, `${succeeded.length} succeeded`);
  const arrived = TRANSPORTS.reduce((sum, server) => sum + folder.seen(server, "tools/call"), 0);
  t.diagnostic(
    `${succeeded.length} of ${CALLS} succeeded; ${arrived} requests arrived; ${ledger.size} were carried out`,
  );
  assert.ok(arrived <= CALLS * AMPLIFICATION, `${arrived} requests arrived for ${CALLS} calls`);
});
