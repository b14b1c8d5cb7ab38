// Which faults does the way between gateway and server have? Silence without an end, resets, refusals, names that nobody knows.
import assert from "node:assert/strict";
import { until } from "../kit.ts";
import { openToxicProxy, type ToxicProxy } from "../toxic-proxy.ts";
import { assertFault, assertOk } from "./caller.ts";
import { type Cell, everywhere, type Row } from "./row.ts";
import { QUICK, type Transport } from "./stage.ts";
import { Subject } from "./subject.ts";

const REMOTE: readonly Transport[] = ["http", "modern", "sse"];
const RECOVERY_LIMIT_MS = 10_000;
const NOTICE_LIMIT_MS = 15_000;

/** Adds the server behind a proxy of its own. */
async function behindProxy(subject: Subject, entry: Record<string, unknown> = {}): Promise<ToxicProxy> {
  const proxy = await openToxicProxy(Number(new URL(subject.stage.face.url).port));
  subject.afterwards(() => proxy.close());
  await subject.add({ entry: { ...entry, url: proxy.through(subject.url) } });
  return proxy;
}

const halfOpen: Cell = async (subject) => {
  const proxy = await behindProxy(subject);
  await subject.assertServes();
  proxy.set({ timeout: 0 });
  const answers = await Promise.all([subject.echo(), subject.echo()]);
  for (const answer of answers) assertFault(answer, ["UPSTREAM_TIMEOUT"], subject.name);
  await until("the silence is noticed", async () => (await subject.view()).status !== "up", NOTICE_LIMIT_MS);
  const accepted = proxy.accepted;
  proxy.cure();
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  assert.ok(proxy.accepted > accepted, "it is served over new connections");
};

/** Every way to break off an answer: one fault for each, one execution, and the next call is served. */
const brokenOff =
  (ways: readonly string[]): Cell =>
  async (subject) => {
    const { folder } = subject.stage;
    for (const way of ways) {
      const key = `${subject.name}-${way}`;
      const answer = await subject.call({ tool: "add_one", arguments: { key, do: way } });
      assertFault(answer, ["OUTCOME_UNKNOWN"], subject.name);
      assert.ok(answer.tookMs < 1_400, `${way} was told after ${answer.tookMs} ms`);
      await until("it serves again", async () => (await subject.echo()).outcome === "ok", RECOVERY_LIMIT_MS);
      assert.equal(folder.executions(key), 1, way);
    }
    await subject.assertRecovers(RECOVERY_LIMIT_MS);
  };

/** The same with the network's own means, in the middle of a large answer. */
const cutByNetwork: Cell = async (subject) => {
  const proxy = await behindProxy(subject);
  const large = { bytes: 1_000_000 };
  for (const toxics of [{ limitData: 20_000 }, { bandwidth: 200_000, resetPeer: 300 }]) {
    proxy.resetAll();
    await subject.assertRecovers(RECOVERY_LIMIT_MS);
    proxy.set(toxics, "down");
    const answer = await subject.behave("big", large);
    assertFault(answer, ["OUTCOME_UNKNOWN", "UPSTREAM_UNAVAILABLE"], subject.name);
    proxy.cure();
  }
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  assertOk(await subject.behave("big", large));
};

const HTTP_CUTS = ["reset", "reset_mid_body", "reset_mid_stream"];

const both =
  (...cells: readonly Cell[]): Cell =>
  async (subject) => {
    const [first, ...rest] = cells;
    await first?.(subject);
    for (const cell of rest) {
      const other = new Subject(subject.stage, { name: `${subject.name}-2`, transport: subject.transport });
      subject.afterwards(() => other.remove());
      await cell(other);
    }
  };

const refused: Cell = async (subject) => {
  const proxy = await behindProxy(subject);
  await proxy.down();
  const answer = await subject.echo();
  assertFault(answer, ["UPSTREAM_UNAVAILABLE", "OUTCOME_UNKNOWN"], subject.name);
  await until(
    "it is down",
    async () => ["down", "recovering"].includes((await subject.view()).status),
    NOTICE_LIMIT_MS,
  );
  const told = await subject.echo();
  assertFault(told, ["UPSTREAM_UNAVAILABLE", "BREAKER_OPEN"], subject.name);
  await proxy.up();
  await subject.assertRecovers(RECOVERY_LIMIT_MS);
  await unknownName(subject);
};

/** A host that does not exist: told as such, within the time that a call has. */
async function unknownName(subject: Subject): Promise<void> {
  const entry = { url: "https://no-such-host.invalid/mcp" };
  const lost = new Subject(subject.stage, { name: `${subject.name}-dns`, transport: subject.transport, entry });
  subject.afterwards(() => lost.remove());
  await lost.add({ well: false });
  const answer = await lost.call({ tool: "echo", limitMs: QUICK.timeoutMs });
  assertFault(answer, ["UPSTREAM_UNAVAILABLE", "UPSTREAM_TIMEOUT", "BREAKER_OPEN"], lost.name);
  await lost.assertTold("connect_failed");
  assert.match(String((await lost.view()).statusReason), /ENOTFOUND|EAI_AGAIN|host name|did not/);
}

export const NETWORK_ROWS: readonly Row[] = [
  {
    id: "F06",
    fault: "a connection goes dead without a word",
    expected: "Calls end at their deadline, probes find it out, and service comes back over new connections.",
    startsWell: false,
    cells: everywhere(halfOpen, REMOTE),
  },
  {
    id: "F07",
    fault: "a connection is reset while an answer is under way",
    expected: "One call fails, as unknown in outcome; it ran once, and the broken connection is not used again.",
    cells: {
      ...everywhere(both(brokenOff(HTTP_CUTS), cutByNetwork), ["http", "modern"]),
      sse: both(brokenOff(["reset"]), cutByNetwork),
    },
  },
  {
    id: "F08",
    fault: "connections are refused, or the host's name is unknown",
    expected: "Calls are told at once who is missing and why; attempts back off, and one succeeds after its return.",
    startsWell: false,
    cells: everywhere(refused, REMOTE),
  },
];
