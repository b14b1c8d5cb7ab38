import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "#access/principal.ts";
import type { ChaosRequest, ServerVerb } from "#contract/api.ts";
import type { GatewayEvent } from "#contract/event.ts";
import { Fault, isFault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import { handWorld } from "#lib/hand-world.ts";
import type { Deed } from "./gateway-audit.ts";
import { drillEnded, type PeopleServersDeps, peopleServers } from "./gateway-servers.ts";

const principal: Principal = { id: "ada", role: "admin", via: "token" };
const request: ChaosRequest = { kind: "latency", ratio: 0.5, forMs: 60_000, latencyMs: 250 };

/** The parts with one server, `files`, and everything that is done to them. */
function stage(options: { chaosEnabled?: boolean } = {}) {
  const done: unknown[] = [];
  const told: GatewayEvent[] = [];
  const knobs = { present: true, actFault: undefined as Fault | undefined, drill: false };
  const parts = {
    bus: { publish: (event: GatewayEvent) => void told.push(event) },
    world: handWorld(),
    store: { healthLog: { recent: async (server: string, limit: number) => [{ server, limit }] } },
    config: { current: () => ({ document: { omni2: { chaos: { enabled: options.chaosEnabled } } } }) },
    coordinator: {
      view: (name: string) => (knobs.present ? ({ name } as ServerView) : undefined),
      async act(name: string, verb: ServerVerb) {
        if (knobs.actFault !== undefined) throw knobs.actFault;
        done.push([name, verb]);
      },
    },
    chaos: {
      start: (name: string, given: ChaosRequest) => void done.push([name, given]),
      stop: () => knobs.drill,
    },
    audit: { record: async ({ action, target, detail }: Deed) => void done.push({ action, target, detail }) },
  };
  const servers = peopleServers(parts as unknown as PeopleServersDeps);
  return Object.assign(knobs, { servers, done, told, parts: parts as unknown as PeopleServersDeps });
}

const words = (told: readonly GatewayEvent[]): unknown[] =>
  told.map((event) => (event.type === "health.observed" ? [event.name, event.eventType, event.message] : event.type));

test("a verb is done, then recorded, and answers the new view", async () => {
  const on = stage();
  assert.deepEqual(await on.servers.act("files", "isolate", principal), { name: "files" });
  assert.deepEqual(on.done, [["files", "isolate"], { action: "server.isolate", target: "files", detail: undefined }]);
});

test("a verb that was refused leaves no row, and one on a server that went away meanwhile says so", async () => {
  const on = stage();
  on.actFault = new Fault("FORBIDDEN", "no");
  await assert.rejects(on.servers.act("files", "probe", principal), on.actFault);
  assert.deepEqual(on.done, []);
  on.actFault = undefined;
  on.present = false;
  await assert.rejects(on.servers.act("files", "probe", principal), (error) => isFault(error, "SERVER_NOT_FOUND"));
});

test("a drill is begun, told and recorded where the configuration allows it", async () => {
  const on = stage({ chaosEnabled: true });
  await on.servers.chaos("files", request, principal);
  assert.deepEqual(on.done, [["files", request], { action: "server.chaos", target: "files", detail: request }]);
  const message = "For 60 s, 250 ms of latency are added to 50 % of the calls.";
  assert.deepEqual(words(on.told), [["files", "chaos_started", message]]);
});

test("no drill begins where the configuration does not allow it, and it says what would", async () => {
  for (const options of [{}, { chaosEnabled: false }]) {
    const on = stage(options);
    await assert.rejects(on.servers.chaos("files", request, principal), (error) => {
      assert.ok(isFault(error, "FORBIDDEN"));
      assert.match(error.message, /Set omni2\.chaos\.enabled to true/);
      return true;
    });
    assert.deepEqual([on.done, on.told], [[], []]);
  }
});

test("a drill may be ended even where none may begin; ending none tells nobody", async () => {
  const on = stage();
  await on.servers.chaos("files", null, principal);
  assert.deepEqual(on.told, []);
  on.drill = true;
  await on.servers.chaos("files", null, principal);
  assert.deepEqual(words(on.told), [["files", "chaos_ended", "A person ended the injected faults."]]);
  assert.deepEqual(on.done.at(-1), { action: "server.chaos", target: "files", detail: { kind: "off" } });
});

test("a drill whose time is over is told, unless its server has gone", () => {
  const on = stage();
  drillEnded(on.parts, "files");
  on.present = false;
  drillEnded(on.parts, "files");
  assert.deepEqual(words(on.told), [["files", "chaos_ended", "The time of the injected faults is over."]]);
});
