import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "#access/principal.ts";
import { Fault } from "#contract/fault.ts";
import { handWorld } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { AuditEntry } from "#store/tables/audit.ts";
import { AuditTrail, type AuditTrailDeps } from "./gateway-audit.ts";

const principal: Principal = { id: "ada", role: "admin", via: "token" };

function stage() {
  const written: AuditEntry[] = [];
  const warnings: object[] = [];
  const knobs = { fault: undefined as unknown, ready: (): void => {} };
  const store: AuditTrailDeps["store"] = {
    audit: {
      async append(rows) {
        if (knobs.fault !== undefined) throw knobs.fault;
        written.push(...rows);
      },
      recent: async () => [],
      prune: async () => 0,
    },
    onState(listener) {
      knobs.ready = () => listener("ready");
      return () => {
        knobs.ready = () => {};
      };
    },
  };
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) };
  const trail = new AuditTrail({ store, world: handWorld(), log });
  return Object.assign(knobs, { trail, written, warnings });
}

const away = (): Fault => new Fault("STORE_UNAVAILABLE", "away");
const targets = (rows: readonly AuditEntry[]): (string | null)[] => rows.map(({ target }) => target);

test("a deed is one row: who, what, on which server, with details", async () => {
  const on = stage();
  await on.trail.record({ principal, action: "server.chaos", target: "files", detail: { kind: "hang" } });
  assert.deepEqual(
    on.written.map(({ at, ...row }) => row),
    [{ principal: "ada", action: "server.chaos", target: "files", outcome: "ok", detail: { kind: "hang" } }],
  );
});

test("a deed that was refused says so", async () => {
  const on = stage();
  await on.trail.record({ principal: { id: "anonymous" }, action: "login", target: "10.0.0.9", outcome: "refused" });
  assert.deepEqual([on.written[0]?.principal, on.written[0]?.outcome], ["anonymous", "refused"]);
});

test("rows wait while the database is away, fail no deed, and are written in order when it is back", async () => {
  const on = stage();
  on.fault = away();
  await on.trail.record({ principal, action: "server.isolate", target: "a" });
  await on.trail.record({ principal, action: "server.release", target: "b" });
  assert.deepEqual([on.written, on.warnings.length], [[], 2]);
  on.fault = undefined;
  on.ready();
  await on.trail.close();
  assert.deepEqual(targets(on.written), ["a", "b"]);
});

test("what waits is bounded: the oldest go, and the log says so", async () => {
  const on = stage();
  on.fault = away();
  for (let n = 0; n < 1_001; n++) await on.trail.record({ principal, action: "server.probe", target: `s${n}` });
  assert.equal((on.warnings.at(-1) as { lost: number }).lost, 1);
  on.fault = undefined;
  on.ready();
  await on.trail.close();
  assert.deepEqual([on.written.length, on.written[0]?.target], [1_000, "s1"]);
});

test("a row that the database refuses does not hold up the next", async () => {
  const on = stage();
  on.fault = new Error("refused");
  await on.trail.record({ principal, action: "server.probe", target: "a" });
  on.fault = undefined;
  await on.trail.record({ principal, action: "server.probe", target: "b" });
  assert.deepEqual(targets(on.written), ["b"]);
});
