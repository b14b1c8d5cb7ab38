// Do clients of other makes get from the gateway what they would get from the server itself?
// The yardstick is a client without capabilities that is connected to the server directly.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Asker, openSdk1, openSdk2, type Question } from "./clients/asker.ts";
import { bin, createInspector, createMcporter } from "./clients/command-line.ts";
import { aggregateView, assertSameAnswers, ownView } from "./clients/compare.ts";
import { type Gateway, openGateway } from "./clients/gateway.ts";
import { everythingAt, type Sample, samples } from "./clients/samples.ts";
import { type RunningServer, startOnPort } from "./upstreams/start.ts";

const EVERYTHING = bin("mcp-server-everything");

interface Make {
  readonly name: string;
  open(url: string): Promise<Asker>;
  /** Which questions this client can put, and how many of them are worth a process each. */
  pick(questions: readonly Question[]): readonly Question[];
}

const all = (questions: readonly Question[]) => questions;
const firstOf = (methods: RegExp) => (questions: readonly Question[]) =>
  questions.filter(
    ({ method }, index) => methods.test(method) && questions.findIndex((other) => other.method === method) === index,
  );

const makes: readonly Make[] = [
  { name: "SDK v1", open: openSdk1, pick: all },
  { name: "SDK v2", open: (url) => openSdk2({ url }, "legacy"), pick: all },
  { name: "SDK v2 in the modern era", open: (url) => openSdk2({ url }, "auto"), pick: all },
  { name: "mcporter", open: async (url) => createMcporter(url), pick: firstOf(/^tools\//) },
  { name: "the inspector", open: async (url) => createInspector(url), pick: firstOf(/^(?!completion)/) },
];

describe("clients of other makes", () => {
  const servers = new Map<string, Sample>(Object.entries(samples));
  const direct = new Map<string, Asker>();
  let running: RunningServer[] = [];
  let gateway: Gateway;

  before(async () => {
    running = await Promise.all([
      startOnPort(EVERYTHING, ["streamableHttp"], "/mcp"),
      startOnPort(EVERYTHING, ["sse"], "/sse"),
    ]);
    const [http, sse] = running as [RunningServer, RunningServer];
    servers.set("everything-http", everythingAt({ url: http.url }));
    servers.set("everything-sse", everythingAt({ type: "sse", url: sse.url }));
    gateway = await openGateway(Object.fromEntries([...servers].map(([name, { target }]) => [name, { ...target }])));
    for (const [name, { target }] of servers) direct.set(name, await openSdk2(target, "legacy"));
  });

  after(async () => {
    await Promise.all([...direct.values()].map((asker) => asker.close()));
    await gateway?.stop();
    await Promise.all(running.map((server) => server.stop()));
  });

  const names = [...Object.keys(samples), "everything-http", "everything-sse"];
  for (const make of makes) {
    test(`${make.name} gets each server's own answers`, async (t) => {
      for (const name of names) {
        await t.test(name, () => compare(make, name, { url: gateway.of(name), view: ownView }));
      }
    });
    test(`${make.name} gets the same answers from the aggregate, names and URIs mapped`, async (t) => {
      for (const name of names) {
        await t.test(name, () => compare(make, name, { url: gateway.aggregate, view: aggregateView(name) }));
      }
    });
  }

  test("a client that negotiates speaks the modern era with the gateway in front of legacy servers", async () => {
    for (const url of [gateway.of("everything"), gateway.aggregate]) {
      const { client, close } = await openSdk2({ url }, "auto");
      assert.equal(client.getProtocolEra(), "modern");
      await close();
    }
  });

  async function compare(make: Make, name: string, at: { url: string; view: typeof ownView }): Promise<void> {
    const via = await make.open(at.url);
    try {
      const pair = { direct: direct.get(name) as Asker, via };
      await assertSameAnswers(pair, make.pick(servers.get(name)?.questions ?? []), at.view);
    } finally {
      await via.close();
    }
  }
});
