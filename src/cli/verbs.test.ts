import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { SERVER_VERBS } from "#contract/api.ts";
import type { ServerView } from "#contract/upstream.ts";
import { type FakeGateway, fakeGateway, refusal, viewOf } from "./fake-gateway.fixture.ts";

let gateway: FakeGateway;
before(async () => {
  gateway = await fakeGateway();
});
after(() => gateway.close());
beforeEach(() => gateway.reset({}));

/** Reads as 60 minutes, however slow this machine is. */
const inAnHour = (): number => Date.now() + 3_600_000 + 20_000;
const answer = (line: string, view: ServerView): void => {
  gateway.answers[line] = { status: 200, body: view };
};

describe("servers VERB NAME", () => {
  for (const verb of SERVER_VERBS) {
    test(`${verb} asks for it and says the new state`, async () => {
      answer(`POST /api/servers/files/${verb}`, viewOf("files", "up"));
      assert.equal(await gateway.run("servers", verb, "files"), 0);
      assert.deepEqual(gateway.out, ["files is up."]);
    });
  }

  const STATES: [what: string, view: ServerView, said: string][] = [
    [
      "isolated",
      viewOf("files", "paused", { circuitState: "isolated", statusReason: "Isolated by a person." }),
      "files is paused: isolated by a person. Release it with `omni2 servers release files`.",
    ],
    [
      "disabled",
      viewOf("files", "paused", { enabled: false, statusReason: "Disabled in the configuration." }),
      "files is paused: disabled in the configuration. Enable it with `omni2 servers enable files`.",
    ],
    [
      "behind an open breaker",
      viewOf("files", "down", {
        circuitState: "open",
        circuitRetryAt: inAnHour(),
        nextAttemptAt: Date.now(),
        statusReason: "5 calls in a row failed.",
      }),
      "files is down: 5 calls in a row failed; next try in 60 min. Let calls through at once with `omni2 servers reset-breaker files`.",
    ],
    [
      "being brought back",
      viewOf("files", "recovering", {
        nextAttemptAt: inAnHour(),
        lastFailure: {
          stage: "connect",
          message: "files could not be reached: ECONNREFUSED. Nothing was sent.",
          at: 1,
        },
      }),
      "files is recovering: ECONNREFUSED; next try in 60 min.",
    ],
    [
      "in a drill",
      viewOf("files", "up", { chaos: { kind: "hang", ratio: 0.5, until: inAnHour() } }),
      "files is up. In a drill, 50 % of its calls hang for 60 min.",
    ],
    [
      "that is due to be tried",
      viewOf("files", "down", { nextAttemptAt: Date.now() - 1, statusReason: "A trial failed." }),
      "files is down: a trial failed; next try now.",
    ],
    ["named to steer the terminal", viewOf("a\u001b[31mb", "up"), "ab is up."],
  ];
  for (const [what, view, said] of STATES) {
    test(`says of a server ${what} why, what comes next and what to do`, async () => {
      answer("POST /api/servers/files/probe", view);
      assert.equal(await gateway.run("servers", "probe", "files"), 0);
      assert.deepEqual(gateway.out, [said]);
    });
  }

  test("--json is the view, wherever it stands", async () => {
    const view = viewOf("files", "up");
    answer("POST /api/servers/files/isolate", view);
    await gateway.run("servers", "isolate", "files", "--json");
    await gateway.run("servers", "--json", "isolate", "files");
    assert.deepEqual(
      gateway.out.map((text) => JSON.parse(text)),
      [view, view],
    );
  });

  test("a refusal of the gateway is the command's fault", async () => {
    const message = "No server is named files.";
    const error = { code: "SERVER_NOT_FOUND", message, requestId: "r" };
    gateway.answers["POST /api/servers/files/probe"] = { status: 404, body: { error } };
    const fault = await refusal(gateway.run("servers", "probe", "files"));
    assert.deepEqual([fault.code, fault.message, fault.row.exit], ["SERVER_NOT_FOUND", message, 1]);
  });
});

describe("chaos", () => {
  const LINE = "POST /api/servers/files/chaos";

  test("sends what was said and leaves the rest to the gateway", async () => {
    answer(LINE, viewOf("files", "up", { chaos: { kind: "latency", ratio: 0.5, until: inAnHour() } }));
    const flags = ["--ratio", "0.5", "--for", "1.5m", "--latency", "250"];
    assert.equal(await gateway.run("chaos", "files", "latency", ...flags), 0);
    await gateway.run("chaos", "files", "error", "--for", "500ms");
    await gateway.run("chaos", "files", "reset");
    assert.deepEqual(
      gateway.asked.map(({ body }) => body),
      [
        { kind: "latency", ratio: 0.5, forMs: 90_000, latencyMs: 250 },
        { kind: "error", forMs: 500 },
        { kind: "reset" },
      ],
    );
    const said = "files: 50 % of its calls are delayed for 60 min. End it earlier with `omni2 chaos files off`.";
    assert.equal(gateway.out[0], said);
  });

  test("off ends it", async () => {
    answer("DELETE /api/servers/files/chaos", viewOf("files", "up"));
    assert.equal(await gateway.run("chaos", "files", "off"), 0);
    assert.equal(await gateway.run("chaos", "files", "off", "--json"), 0);
    assert.deepEqual(gateway.out[0], "Nothing is injected into the calls of files.");
    assert.equal(JSON.parse(gateway.out[1] ?? "").name, "files");
  });

  for (const [argv, said] of [
    [["--ratio", "half"], /--ratio as a number from 0 to 1/],
    [["--for", "60"], /--for with its unit, such as 90s/],
    [["--latency", "1s"], /--latency in milliseconds/],
  ] as const) {
    test(`${argv.join(" ")} is a usage fault, and nothing is sent`, async () => {
      const fault = await refusal(gateway.run("chaos", "files", "latency", ...argv));
      assert.deepEqual([fault.code, gateway.asked], ["USAGE", []]);
      assert.match(fault.message, said);
    });
  }
});

describe("breakers in lists", () => {
  const open = viewOf("files", "down", {
    circuitState: "open",
    circuitRetryAt: inAnHour(),
    statusReason: "5 calls in a row failed.",
  });
  const servers = [
    open,
    viewOf("git", "recovering", {
      circuitState: "half_open",
      statusReason: "A trial decides.",
      chaos: { kind: "reset", ratio: 0.25, until: inAnHour() },
    }),
    viewOf("maps", "up", { tools: 3, chaos: { kind: "error", ratio: 1, until: inAnHour() } }),
  ];
  const health = { status: "degraded", version: "1", database: "ready", servers: { total: 3 }, components: {} };
  beforeEach(() => {
    gateway.answers["GET /health"] = { status: 200, body: health };
    gateway.answers["GET /api/servers"] = { status: 200, body: { items: servers } };
  });

  test("status says the breaker's state, the next try and drills", async () => {
    await gateway.run("status");
    assert.match(gateway.out[4] ?? "", /files +down +breaker open, next try in 60 min: 5 calls in a row failed$/);
    assert.match(
      gateway.out[5] ?? "",
      /git +recovering +breaker half open: a trial decides; drill: 25 % of its calls lose/,
    );
    assert.match(gateway.out[6] ?? "", /maps +up +3 tools, drill: 100 % of its calls fail for 60 min$/);
  });

  test("servers has columns for them while there is something to say", async () => {
    await gateway.run("servers");
    assert.match(gateway.out[0] ?? "", /^NAME +STATUS +BREAKER +NEXT TRY +TYPE /);
    assert.match(gateway.out[1] ?? "", /^files +down +open +60 min +stdio /);
    assert.match(gateway.out[2] ?? "", /^git +recovering +half_open +stdio /);
    gateway.reset({ "GET /api/servers": { status: 200, body: { items: [viewOf("maps", "up")] } } });
    await gateway.run("servers");
    assert.match(gateway.out[0] ?? "", /^NAME +STATUS +TYPE /);
  });
});
