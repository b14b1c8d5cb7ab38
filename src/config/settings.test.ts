import assert from "node:assert/strict";
import { test } from "node:test";
import type { Omni2Block, ServerEntry } from "#contract/config.ts";
import { settingsOf } from "#contract/preset.ts";
import { readSettings } from "./settings.ts";

const read = (entry: Partial<ServerEntry>, defaults: Partial<Omni2Block> = {}) =>
  readSettings(entry as ServerEntry, "http", defaults as Omni2Block);

test("where nobody said anything the default preset holds", () => {
  assert.deepEqual(read({}), settingsOf("default", "http"));
  assert.deepEqual(readSettings({} as ServerEntry, "stdio", {} as Omni2Block), settingsOf("default", "stdio"));
});

test("an entry wins over what is given for all servers, and that wins over the preset", () => {
  const defaults = { preset: "classic", health: { intervalMs: 7_000 }, breaker: { failures: 9, openMs: 500 } } as const;
  const { health, breaker } = read({ breaker: { failures: 2 } }, defaults);
  const classic = settingsOf("classic", "http");
  assert.deepEqual(health, { ...classic.health, intervalMs: 7_000 });
  assert.deepEqual(breaker, { ...classic.breaker, failures: 2, openMs: 500 });
});

test("a field that is present without a value says nothing", () => {
  const { health } = read({ health: { intervalMs: undefined } }, { health: { intervalMs: 7_000 } });
  assert.equal(health.intervalMs, 7_000);
});

test("a first open time beyond the longest one raises that", () => {
  assert.equal(read({ breaker: { openMs: 400_000 } }).breaker.maxOpenMs, 400_000);
  assert.equal(read({ breaker: { openMs: 90_000 } }, { preset: "classic" }).breaker.maxOpenMs, 90_000);
  assert.equal(read({ breaker: { openMs: 400 } }).breaker.maxOpenMs, 300_000);
});

test("one caller never gets more places than there are", () => {
  assert.equal(read({ limits: { inFlight: 8 } }).limits.perPrincipal, 8);
  assert.equal(read({ limits: { inFlight: 8, perPrincipal: 3 } }).limits.perPrincipal, 3);
  assert.equal(read({ limits: { inFlight: 8, perPrincipal: 300 } }).limits.perPrincipal, 8);
});

test("the presets themselves are never changed by what is laid over them", () => {
  const before = structuredClone(settingsOf("default", "http"));
  read({ breaker: { failures: 1 }, limits: { queue: 0 } });
  assert.deepEqual(settingsOf("default", "http"), before);
});

test("the cache of a server says what differs from what is given for all servers, and a tool what differs from its server", () => {
  const defaults = { cache: { mode: "auto", ttlMs: 60_000, staleIfErrorMs: 5_000, scope: "public" } } as const;
  const own = { ttlMs: 1_000, tools: { search: { ttlMs: 5 }, "write_*": "off", all: {} } } as const;
  const { cache } = read({ cache: own }, defaults);
  const base = { ttlMs: 1_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 5_000, scope: "public" };
  assert.deepEqual(cache, {
    mode: "auto",
    invalidateOnWrite: true,
    ...base,
    tools: [
      { pattern: "search", rule: { ...base, ttlMs: 5 } },
      { pattern: "write_*", rule: "off" },
      { pattern: "all", rule: base },
    ],
  });
});

test("bounds of the whole cache are no settings of a server", () => {
  const { cache } = read(
    {},
    { cache: { maxEntries: 5, maxBytes: 2_000_000, maxEntryBytes: 7, invalidateOnWrite: false } },
  );
  assert.deepEqual(cache, { ...settingsOf("default", "http").cache, invalidateOnWrite: false });
});

test("patterns of tools keep the order in which they were written", () => {
  const { cache } = read({ cache: { tools: { "s*": "off", "*": {}, search: "off" } } });
  assert.deepEqual(
    cache.tools.map(({ pattern }) => pattern),
    ["s*", "*", "search"],
  );
});
