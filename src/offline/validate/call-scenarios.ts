// Are servers served as they should be? Listed and called over REST and MCP; repeated questions answered by the cache; a slow
// server cut off without harm to the others.
import { cacheAnswerSchema } from "#contract/cache.ts";
import { type ToolCallAnswer, toolCallAnswerSchema } from "#contract/call.ts";
import { isObject } from "#lib/json.ts";
import { META } from "#mcp/protocol.ts";
import { demand, demandSame, demandShape, type SectionPlan, Unmet } from "./check.ts";
import { ACTORS, type Actor, CALL_MS, type CallOptions, type Round } from "./round.ts";
import { excerpt } from "./visitor.ts";

/** The answer to a call that must succeed. */
export async function called(round: Round, actor: Actor, options?: CallOptions): Promise<ToolCallAnswer> {
  const answer = await round.call(actor, options);
  const read = toolCallAnswerSchema.safeParse(answer.json);
  if (answer.status === 200 && read.success) return read.data;
  throw new Unmet("a result", excerpt(answer));
}

function textOf(result: unknown): unknown {
  const content = isObject(result) && Array.isArray(result.content) ? result.content : [];
  return isObject(content[0]) ? content[0].text : undefined;
}

export const servingScenario = (round: Round): SectionPlan => ({
  title: "Servers",
  chained: true,
  steps: [
    {
      name: "three servers are added and come up",
      async look() {
        await round.add();
        // Its lists are read right after it has come up.
        const isUp = (actor: Actor) =>
          round.viewUntil(
            actor,
            `${round.name(actor)} up, with tools`,
            ({ status, tools }) => status === "up" && tools > 0,
          );
        await Promise.all(ACTORS.map(isUp));
        return `${ACTORS.join(", ")}: up`;
      },
    },
    {
      name: "their tools are listed over MCP and REST",
      async look() {
        const expected = ACTORS.flatMap((actor) => ["read", "wait"].map((tool) => `${round.name(actor)}__${tool}`));
        const own = (names: unknown[]): unknown[] =>
          names.filter((name) => String(name).startsWith(round.prefix)).toSorted();
        demandSame("tools over MCP", own(await mcpTools(round)), expected.toSorted());
        demandSame("tools over REST", own(await restTools(round)), expected.toSorted());
        return `${expected.length} tools over each`;
      },
    },
    {
      name: "a tool is called over MCP and REST",
      async look() {
        const before = round.servers.healthy.calls();
        const answer = await called(round, "healthy", { of: "rest" });
        demandSame("the answer over REST", textOf(answer.result), `call ${before + 1}`);
        const params = { name: `${round.name("healthy")}__read`, arguments: { of: "mcp" } };
        demandSame(
          "the answer over MCP",
          textOf(await round.visitor.mcp("/mcp", "tools/call", params)),
          `call ${before + 2}`,
        );
        return "2 calls, 2 answers of the server itself";
      },
    },
  ],
});

const namesOf = (items: unknown, key: string): unknown[] =>
  Array.isArray(items) ? items.map((item) => (isObject(item) ? item[key] : item)) : [];

const mcpTools = async ({ visitor }: Round): Promise<unknown[]> =>
  namesOf((await visitor.mcp("/mcp", "tools/list")).tools, "name");

async function restTools({ visitor }: Round): Promise<unknown[]> {
  const answer = await visitor.get("/api/tools");
  return namesOf(isObject(answer) ? answer.items : [], "qualifiedName");
}

export const cacheScenario = (round: Round): SectionPlan => ({
  title: "Tool Cache",
  chained: true,
  steps: [
    {
      name: "a repeated question does not reach its server",
      async look() {
        const before = round.servers.healthy.calls();
        const first = await called(round, "healthy", { of: "cache" });
        const second = await called(round, "healthy", { of: "cache" });
        demandSame("dispositions", [first.call.disposition, second.call.disposition], ["miss", "hit"]);
        demandSame("calls at the server", round.servers.healthy.calls() - before, 1);
        demandSame("the second answer", textOf(second.result), textOf(first.result));
        const meta = isObject(second.result._meta) ? second.result._meta[META.cache] : undefined;
        demandSame("the mark on the result", isObject(meta) && meta.disposition, "hit");
        return "miss, hit; 1 call at the server";
      },
    },
    {
      name: "the hit is counted",
      async look() {
        const { servers } = demandShape("/api/cache", await round.visitor.get("/api/cache"), cacheAnswerSchema);
        const row = servers.find(({ server }) => server === round.name("healthy"));
        demandSame("hits in GET /api/cache", row?.hits, 1);
        const { cache } = await round.view("healthy");
        demandSame("hits in the server's view", cache.hits, 1);
        return `1 hit, ${row?.misses} misses`;
      },
    },
    {
      name: "an emptied cache asks anew",
      async look() {
        await round.visitor.send("DELETE", `/api/cache?server=${round.name("healthy")}`);
        const { call } = await called(round, "healthy", { of: "cache" });
        demandSame("the disposition", call.disposition, "miss");
        return "miss";
      },
    },
  ],
});

const CALLS_MEANWHILE = 5;

export const slowScenario = (round: Round): SectionPlan => ({
  title: "Time limits",
  chained: true,
  steps: [
    {
      name: "a call that takes too long is cut, and others pass meanwhile",
      async look() {
        const startedAt = performance.now();
        let over = false;
        const slow = round.call("slow", { tool: "wait" }).finally(() => {
          over = true;
        });
        const meanwhile: boolean[] = [];
        for (let count = 0; count < CALLS_MEANWHILE; count++) {
          await called(round, "healthy", { cache: "bypass" });
          meanwhile.push(!over);
        }
        const answer = await slow;
        const tookMs = Math.round(performance.now() - startedAt);
        demand(answer.status === 504, "HTTP 504", excerpt(answer));
        demand(tookMs >= CALL_MS, `no end before ${CALL_MS} ms`, `${tookMs} ms`);
        demand(meanwhile.includes(true), "calls of the healthy server to pass meanwhile", "none that did");
        return `${errorCode(answer.json)} after ${tookMs} ms; ${CALLS_MEANWHILE} calls of the healthy server passed`;
      },
    },
    {
      name: "nobody but the slow server is blamed",
      async look() {
        const { status, circuitState, consecutiveFailures } = await round.view("healthy");
        demandSame("the healthy server", [status, circuitState, consecutiveFailures], ["up", "closed", 0]);
        return "healthy: up, breaker closed, 0 failures";
      },
    },
  ],
});

/** The code of a fault as REST answers it. */
export const errorCode = (answer: unknown): unknown =>
  isObject(answer) && isObject(answer.error) ? answer.error.code : undefined;
