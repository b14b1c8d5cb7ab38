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
    assertFault(answer, ["TOOL_NOT_FOUND", "INVALID_REQUEST", "UPSTREAM_UNAVAILABLE"], "f59-self");
  } finally {
    await self.remove();
  }
}

const OVERLOAD = "test/overload.test.ts";

export const OWN_ROWS: readonly Row[] = [
  {
    id: "F42",
    fault: "the gateway itself stands still for longer than a probe may take",
    expected: "No server is blamed for it: nothing is told and nothing changes.",
    gateway: ownStalls,
    proofs: proofs(OVERLOAD, ["an event loop that is held up makes the gateway busy, and no server unwell"]),
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
    id: "F59",
    fault: "the gateway is one of its own servers",
    expected: "Calls do not go round without end, and neither do names: it refuses its own requests.",
    gateway: loop,
  },
];
