// Which faults do the gateway's own process, its store and its configuration have? Played here, or proved by a test elsewhere.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../kit.ts";
import { assertFault, assertOk } from "./caller.ts";
import { type Cell, everywhere, proofs, type Row } from "./row.ts";
import { api, faultyEntry, type Stage, TRANSPORTS } from "./stage.ts";
import { Subject } from "./subject.ts";

const FREEZES = 6;
const FREEZE_MS = 700;

/** The whole process stands still for longer than a probe may take, again and again, while servers are only probed. */
async function ownStalls(stage: Stage): Promise<void> {
  const subjects = TRANSPORTS.map((transport) => new Subject(stage, { name: `f42-${transport}`, transport }));
  try {
    await Promise.all(subjects.map((subject) => subject.add()));
    const told = subjects.map((subject) => subject.story().length);
    for (let n = 0; n < FREEZES; n++) {
      process.kill(stage.gateway.pid, "SIGSTOP");
      await sleep(FREEZE_MS).finally(() => process.kill(stage.gateway.pid, "SIGCONT"));
      await sleep(500);
    }
    await sleep(1_500);
    for (const [at, subject] of subjects.entries()) {
      assert.deepEqual(subject.story().slice(told[at]), [], `what was told of ${subject.name}`);
      assert.equal((await subject.view()).status, "up");
    }
  } finally {
    await Promise.all(subjects.map((subject) => subject.remove()));
  }
}

const RELOADS = 20;

/** The file changes again and again while calls run; what did not change keeps its process. */
async function reloads(stage: Stage): Promise<void> {
  const { document, gateway } = stage;
  const pid = async (): Promise<unknown> => (await api(gateway, "GET /api/servers/well-stdio")).json.pid;
  const before = await pid();
  const isThere = async (name: string): Promise<boolean> =>
    (await api(gateway, `GET /api/servers/${name}`)).status === 200;
  for (let n = 0; n < RELOADS; n++) {
    const more = n % 2 === 0 ? { "f46-more": { ...faultyEntry("f46-more", "http", stage), timeoutMs: 1_000 + n } } : {};
    if (n % 5 === 4) await gateway.configure({ mcpServers: { broken: { command: 7 } } });
    else await gateway.configure({ ...document, mcpServers: { ...document.mcpServers, ...more } });
    await sleep(250);
  }
  await gateway.configure(document);
  await until("the last document is in force", async () => !(await isThere("f46-more")), 10_000);
  assert.equal(await pid(), before, "an unchanged server keeps its process");
}

/** Tools come and go while a call runs. */
const toolsChange: Cell = async (subject) => {
  const running = subject.call({ tool: "behave", arguments: { do: "slow", ms: 6_500 }, limitMs: 10_000 });
  subject.mode("tool late_tool");
  assertOk(await subject.behave("changed", { count: 1 }));
  const late = () => subject.call({ tool: "late_tool" });
  await until("the new tool is served", async () => (await late()).outcome !== "fault", 10_000);
  subject.mode("");
  assertOk(await subject.behave("changed", { count: 1 }));
  await until("it is gone again", async () => (await late()).code === "RPC -32602", 10_000);
  assertOk(await running);
  await subject.assertServes();
};

const LOOP_LIMIT_MS = 5_000;

/** The gateway is one of its own servers. */
async function loop(stage: Stage): Promise<void> {
  const self = new Subject(stage, {
    name: "f59-self",
    transport: "http",
    entry: { url: `${stage.gateway.url}/mcp`, timeoutMs: LOOP_LIMIT_MS },
  });
  try {
    await self.add({ well: false });
    for (let round = 0; round < 5; round++) {
      await self.api(`POST /api/servers/${self.name}/reconnect`, {});
      await sleep(1_000);
    }
    const tools = (await api(stage.gateway, "GET /api/tools")).json.items as { qualifiedName: string }[];
    const deepest = Math.max(...tools.map(({ qualifiedName }) => qualifiedName.split("f59-self__").length - 1));
    assert.ok(deepest <= 3, `names go round ${deepest} times`);
    const far = `${"f59-self__".repeat(4)}well-http__echo`;
    const answer = await stage.caller.call({ server: "f59-self", tool: far, limitMs: LOOP_LIMIT_MS });
    assertFault(answer, ["TOOL_NOT_FOUND", "INVALID_REQUEST"], "f59-self");
  } finally {
    await self.remove();
  }
}

const OUTAGE = "test/store-outage.test.ts";
const LONG_OUTAGE = "test/outage.deep.test.ts";
const STORE = "test/store.test.ts";
const EMBEDDED = "test/store-embedded.test.ts";
const KILLS = "test/kills.deep.test.ts";
const FIFTY = "test/faults-fifty.deep.test.ts";

export const OWN_ROWS: readonly Row[] = [
  {
    id: "F34",
    fault: "the database is not there at the start",
    expected: "The gateway serves without it, says why it is not ready, and becomes ready by itself.",
    proofs: [
      ...proofs(LONG_OUTAGE, [
        "a gateway serves for twenty seconds without its database, and comes right when that comes",
      ]),
      ...proofs(OUTAGE, ["waits for a database that starts later, says why, and logs that once"]),
    ],
  },
  {
    id: "F35",
    fault: "the database is lost, hangs, or resets its connections",
    expected: "Calls go on, what is to be written waits within bounds, and is written once when it is back.",
    proofs: [
      ...proofs(LONG_OUTAGE, [
        "a gateway whose database crashes ten times under load answers every call and writes everything once",
      ]),
      ...proofs(OUTAGE, [
        "outlives a connection that is reset in the middle of a statement",
        "never holds a caller for long, and service is resumed without it or when it wakes",
      ]),
    ],
    later: "tools that must not run unaudited",
  },
  {
    id: "F36",
    fault: "two gateways migrate at once, or the schema is newer than the program",
    expected: "It is migrated once; a newer schema is refused with a reason and left alone.",
    proofs: [
      ...proofs(OUTAGE, ["is migrated once when two gateways start at once"]),
      ...proofs(STORE, ["a schema made by a newer version is refused with a reason and left alone"]),
    ],
  },
  {
    id: "F37",
    fault: "a second gateway opens the embedded database, or its gateway is killed while writing",
    expected: "The second is refused and told who holds it; no acknowledged row is lost.",
    proofs: [
      ...proofs(EMBEDDED, [
        "is refused to a second gateway, which learns who holds it, and the first is unharmed",
        "keeps every acknowledged row when its gateway is killed mid-write, and opens again",
      ]),
      ...proofs(KILLS, ["refuses its data directory to a second gateway, naming the holder, and serves on"]),
    ],
  },
  {
    id: "F42",
    fault: "the gateway itself stands still for longer than a probe may take",
    expected: "No server is blamed for it: nothing is told and nothing changes.",
    gateway: ownStalls,
  },
  {
    id: "F44",
    fault: "the gateway is killed while it works",
    expected: "No process is left, nothing promised is lost, and it starts again at once.",
    proofs: proofs(KILLS, ["times under load leaves no process, keeps its word, and starts again at once"]),
  },
  {
    id: "F45",
    fault: "the gateway is told to stop under load",
    expected: "Running calls are answered, new ones are refused, and it ends with 0; told twice, it ends at once.",
    proofs: proofs("test/drain.test.ts", [
      "every running call is answered, new ones are refused, and the exit code is 0",
      "a second SIGTERM ends it at once",
    ]),
  },
  {
    id: "F46",
    fault: "the configuration changes again and again, and is broken at times, while calls run",
    expected: "No call fails, unchanged servers keep their processes, and a broken document changes nothing.",
    gateway: reloads,
    proofs: proofs("test/recovery-reload.test.ts", ["that cannot be read changes nothing, and says why in one line"]),
  },
  {
    id: "F48",
    fault: "a server's tools change while a call runs",
    expected: "The call is answered; a new tool is served within seconds and one that went is refused as unknown.",
    entry: { timeoutMs: 15_000 },
    cells: everywhere(toolsChange),
    later: "blocking changed tools until they are approved",
  },
  {
    id: "F51",
    fault: "one of fifty servers has each of these faults",
    expected: "Not one call of the others fails.",
    proofs: proofs(FIFTY, ["one of fifty that does every wrong in turn costs the others nothing"]),
  },
  {
    id: "F52",
    fault: "all servers are lost at once and come back together",
    expected: "They are reached again by themselves, at moments spread by chance.",
    proofs: proofs(FIFTY, ["all that are lost at once come back by themselves, and not all at once"]),
  },
  {
    id: "F59",
    fault: "the gateway is, directly or not, one of its own servers",
    expected: "A call goes round at most three times, and names do not grow without end.",
    gateway: loop,
  },
  {
    id: "F60",
    fault: "some servers are stopped one by one and released in another order",
    expected: "All of them recover, and the others never notice.",
    proofs: proofs(FIFTY, ["some that are silenced one by one and released in another order all recover"]),
  },
  {
    id: "F64",
    fault: "a transaction of the store meets a conflict or a deadlock",
    expected: "It is tried again up to three times inside the store, then reported.",
    proofs: proofs(STORE, ["a conflict with another transaction is tried again three times, then reported"]),
  },
];

const later = (id: string, fault: string, why: string): Row => ({ id, fault, expected: "-", later: why });

export const LATER_ROWS: readonly Row[] = [
  later("F38", "the disk is full", "needs a file system of its own size"),
  later("F39", "Redis is lost, slow or emptied", "no Redis is used yet"),
  later("F40", "file descriptors run out", "with the guards against overload"),
  later("F41", "memory runs out", "with the guards against overload"),
  later("F43", "the wall clock jumps", "played in the simulation"),
  later("F47", "a key is revoked while it is in use", "with access control"),
  later("F49", "ten thousand idle sessions", "with the soak test"),
  later("F50", "streams for resumption grow", "the gateway keeps no events for its clients to resume"),
  later("F53", "500 equal calls at once", "with the cache"),
  later("F54", "a dashboard stops reading", "with the live feed's own suite"),
  later("F55", "a breaker flaps a hundred times a second", "with the live feed's own suite"),
  later("F56", "a certificate is expired or for another host", "with outgoing TLS"),
  later("F57", "an access token expires during a call", "with OAuth"),
  later("F58", "a name leads elsewhere between check and use", "with the guard of outgoing addresses"),
  later("F61", "a server asks clients for more than they bear", "requests of servers are not relayed"),
  later("F63", "two gateways share one database", "with clustering"),
  later("F65", "a long soak with churn", "a test of its own"),
];
