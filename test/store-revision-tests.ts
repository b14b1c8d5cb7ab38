// The part of the store's suite about the configuration's revisions: numbered, bounded, and kept together with definitions.
import assert from "node:assert/strict";
import { definition, faultOf, type Now, type Test } from "./store-kit.ts";

const revision = (n: number, more: object = {}) => ({
  n,
  at: 1_800_000_000_123,
  by: "ann",
  source: "rest" as const,
  changes: [{ path: "omni2.meta", after: true, needsRestart: true }],
  overlay: { omni2: { b: 1, a: 2 } },
  document: { n },
  ...more,
});

export function revisionTests(test: Test, now: Now): void {
  test("a revision gets the number it asks for, or the next free one; only the newest has its document", async () => {
    const { revisions } = now.store;
    assert.equal(await revisions.last(), undefined);
    assert.deepEqual(await Promise.all([revisions.append(revision(5), []), revisions.append(revision(5), [])]), [5, 6]);
    assert.equal(await revisions.append(revision(9, { document: { newest: true } }), []), 9);
    const last = await revisions.last();
    assert.deepEqual([last?.n, last?.document], [9, { newest: true }]);
    assert.equal(JSON.stringify(last?.overlay), '{"omni2":{"b":1,"a":2}}', "keys in their order");
    const { overlay: _, document: __, ...told } = revision(9);
    assert.deepEqual(
      (await revisions.recent(2)).map((row) => row.n),
      [9, 6],
    );
    assert.deepEqual((await revisions.recent(1))[0], told);
    assert.deepEqual([await revisions.overlay(5), await revisions.overlay(7)], [revision(5).overlay, undefined]);
  });

  test("a revision and its definitions are stored together or not at all", async () => {
    const { revisions, servers } = now.store;
    const mine = {
      name: "of-revision",
      definition: { url: "https://h/", cache: { tools: { b: 1, a: 2 } } },
      isNew: true,
    };
    await revisions.append(revision(10), [mine]);
    await faultOf("CONFIG_CONFLICT", revisions.append(revision(11), [{ ...mine, name: "other" }, mine]));
    assert.equal((await revisions.last())?.n, 10);
    await revisions.append(revision(11), [{ ...mine, definition: { url: "https://i/" }, isNew: false }]);
    const kept = async () => (await servers.listApiDefinitions()).filter(({ name }) => /of-revision|other/.test(name));
    assert.deepEqual(await kept(), [{ name: "of-revision", definition: { url: "https://i/" } }]);
    await revisions.append(revision(12), [{ ...mine, definition: null, isNew: false }]);
    assert.deepEqual(await kept(), []);
  });

  test("the newest thousand revisions are kept", async () => {
    const { revisions } = now.store;
    assert.equal(await revisions.append(revision(1_011), []), 1_011);
    assert.deepEqual(
      (await revisions.recent(100)).map(({ n }) => n),
      [1_011, 12],
    );
  });

  test("a server added over REST keeps its definition, whatever a file says later", async () => {
    const { revisions, servers } = now.store;
    const mine = { name: "mine", definition: { url: "https://x/mcp", headers: { a: "b" } }, isNew: true };
    await revisions.append(revision(1_012), [mine]);
    await servers.syncDefinitions([definition("mine"), definition("file")]);
    await faultOf("CONFIG_CONFLICT", revisions.append(revision(1_013), [{ ...mine, name: "file" }]));
    await servers.syncDefinitions([]);
    const kept = async () => (await servers.listApiDefinitions()).filter(({ name }) => /^(?:mine|file)$/.test(name));
    assert.deepEqual(await kept(), [{ name: "mine", definition: mine.definition }]);
    await revisions.append(revision(1_013), [{ ...mine, definition: null, isNew: false }]);
    await revisions.append(revision(1_014), [{ ...mine, definition: null, isNew: false }]);
    assert.deepEqual(await kept(), []);
  });
}
