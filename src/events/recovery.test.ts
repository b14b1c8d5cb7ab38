import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { settle } from "#lib/hand-world.ts";
import { ModelArchive, ModelClient, ModelGateway, type ModelStatus, SERVERS } from "./recovery-model.fixture.ts";

const status = fc.constantFrom<ModelStatus>("up", "down", "degraded");
const who = fc.nat({ max: 1 });
const taking = fc.constantFrom(
  "at once" as const,
  "at once" as const,
  "later" as const,
  "never" as const,
  "refused" as const,
);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("change" as const), server: fc.constantFrom(...SERVERS), status }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("observe" as const), times: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("cut" as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("connect" as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(0, 2, 60, 150, 2_100) }) },
  { weight: 1, arbitrary: fc.constant({ do: "open the archive" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("mood" as const),
      mood: fc.constantFrom(
        "well" as const,
        "behind" as const,
        "holed" as const,
        "failing" as const,
        "silent" as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("restart" as const),
      taking,
      stop: fc.constantFrom("clean" as const, "unclean" as const),
      status,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function act(gateway: ModelGateway, clients: readonly ModelClient[], one: Step): Promise<void> {
  switch (one.do) {
    case "change":
      return gateway.change(one.server, one.status);
    case "observe":
      return gateway.observe(one.times);
    case "cut":
      return clients[one.who]?.cut();
    case "connect":
      return gateway.connect(clients[one.who] as ModelClient);
    case "pass":
      return gateway.pass(one.ms);
    case "open the archive":
      return gateway.archive?.open();
    case "mood":
      if (gateway.archive !== null) gateway.archive.mood = one.mood;
      return;
    case "restart":
      return gateway.restart(one.taking, one.stop, one.status);
  }
}

describe("recovery", () => {
  test("whatever is cut, lost, slow, restarted or overflows: no gap, nothing twice, the right state in the end", async () => {
    const archive = fc.option(taking);
    const property = fc.asyncProperty(archive, fc.array(step, { maxLength: 30 }), async (taken, steps) => {
      const clients = [new ModelClient(false), new ModelClient(true)];
      const gateway = new ModelGateway(taken === null ? null : new ModelArchive(taken), clients);
      for (const one of steps) await act(gateway, clients, one);
      await gateway.conclude();
    });
    await fc.assert(property, { numRuns: 5_000 });
  });

  /** A client that was told everything, then cut; `missed` observations follow. */
  async function cutOff(archive: ModelArchive | null, missed: number) {
    const client = new ModelClient(false);
    const gateway = new ModelGateway(archive, [client]);
    await settle();
    gateway.connect(client);
    gateway.observe(3);
    await gateway.pass(200);
    client.cut();
    gateway.observe(missed);
    await gateway.pass(200);
    return { client, gateway };
  }

  test("fills from memory what fits there, without a snapshot", async () => {
    const { client, gateway } = await cutOff(null, 6);
    gateway.connect(client);
    assert.deepEqual([client.told, client.snapshots], [9, 1]);
    await gateway.conclude();
  });

  test("fills from the archive what memory has forgotten", async () => {
    const { client, gateway } = await cutOff(new ModelArchive("at once"), 100);
    gateway.connect(client);
    await gateway.pass(1);
    assert.deepEqual([client.told, client.snapshots], [103, 1]);
    await gateway.conclude();
  });

  test("gives a snapshot when the archive cannot tell, or does not in time", async () => {
    for (const mood of ["failing", "silent", "holed"] as const) {
      const archive = new ModelArchive("at once");
      archive.mood = mood;
      const { client, gateway } = await cutOff(archive, 100);
      gateway.connect(client);
      await gateway.pass(1);
      await gateway.pass(2_100);
      assert.deepEqual([client.told, client.snapshots], [103, 2], mood);
      await gateway.conclude();
    }
  });

  test("two reconnects in a row without anything new bring nothing, and leave the position as it is", async () => {
    const { client, gateway } = await cutOff(null, 2);
    for (let n = 0; n < 3; n++) {
      gateway.connect(client);
      assert.deepEqual([client.told, client.snapshots, client.position?.seq], [5, 1, 5]);
      client.cut();
    }
    await gateway.conclude();
  });

  test("reaches over a clean restart, and waits for the archive to be there", async () => {
    const { client, gateway } = await cutOff(new ModelArchive("at once"), 50);
    await gateway.restart("later", "clean", "down");
    gateway.observe(2);
    gateway.connect(client);
    await gateway.pass(500);
    assert.equal(client.told, 3, "nothing yet");
    gateway.archive?.open();
    await gateway.pass(1);
    assert.deepEqual([client.told, client.snapshots, client.servers.get("a")], [55, 1, "down"]);
    await gateway.conclude();
  });

  test("after a crash the epoch is new and everybody starts from a snapshot", async () => {
    const { client, gateway } = await cutOff(new ModelArchive("at once"), 1);
    const before = client.position?.epoch;
    await gateway.restart("at once", "unclean", "degraded");
    await gateway.pass(1);
    gateway.connect(client);
    await gateway.pass(1);
    assert.notEqual(client.position?.epoch, before);
    assert.deepEqual([client.told, client.snapshots], [4, 2]);
    await gateway.conclude();
  });

  test("a gap larger than a replay may be is answered with a snapshot", async () => {
    const { client, gateway } = await cutOff(new ModelArchive("at once"), 1_100);
    gateway.connect(client);
    await gateway.pass(1);
    assert.deepEqual([client.told, client.snapshots], [1_103, 2]);
    await gateway.conclude();
  });
});
