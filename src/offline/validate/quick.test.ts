import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { ToolCache } from "#calls/cache/tool-cache.ts";
import type { Layer } from "#calls/call.ts";
import { Circuit } from "#coordinator/circuit.ts";
import type { CircuitOptions } from "#coordinator/circuit-terms.ts";
import { Broadcaster, type BroadcasterDeps } from "#events/broadcaster.ts";
import { breakerSection } from "./breaker-section.ts";
import { broadcasterSection } from "./broadcaster-section.ts";
import { cacheSection } from "./cache-section.ts";
import type { SectionPlan } from "./check.ts";
import { validateQuick } from "./quick.ts";

async function quick(more: { json?: boolean; sections?: readonly SectionPlan[] } = {}) {
  const out: string[] = [];
  const terminal = { print: (text: string) => void out.push(text), width: 100, interactive: false };
  const code = await validateQuick(terminal, { json: false, ...more });
  return { code, text: stripVTControlCharacters(out.join("\n")) };
}

const failuresIn = (text: string): string[] => text.split("\n").filter((line) => line.includes("FAIL"));

test("every check of the three sections passes, and the command says so and ends with 0", async () => {
  const { code, text } = await quick();
  assert.equal(code, 0, text);
  for (const title of ["Circuit Breaker", "Tool Cache", "WebSocket Broadcaster"])
    assert.ok(text.includes(title), title);
  assert.equal(failuresIn(text).length, 0);
  assert.match(text, /\n {2}PASS {2}closes when its trials pass: open, half_open, closed \(\d+(\.\d)? ms\)\n/);
  assert.match(text, /\n3\/3 sections, 100 % \(24 of 24 checks\)$/);
});

test("--json is one document with every check", async () => {
  const { code, text } = await quick({ json: true });
  const answer = JSON.parse(text);
  assert.deepEqual([code, answer.ok, answer.share, answer.sections.length], [0, true, 1, 3]);
  assert.deepEqual(Object.keys(answer.sections[0].checks[0]), ["name", "ok", "text", "tookMs"]);
});

class NeverOpens extends Circuit {
  override settle(): void {}
}

class OpensForGood extends Circuit {
  constructor(options: CircuitOptions) {
    super({ ...options, world: { ...options.world, after: () => () => {} } });
  }
}

class Forgetful extends Circuit {
  override takeUp(): void {}
}

const PASSES_ON: Layer = (next) => next;

class KeepsNothing extends ToolCache {
  override readonly cache: Layer = PASSES_ON;
}

class JoinsNobody extends ToolCache {
  override readonly coalesce: Layer = PASSES_ON;
}

class KeepsForGood extends ToolCache {
  override invalidate(): number {
    return 0;
  }
}

class Deaf extends Broadcaster {
  constructor(deps: BroadcasterDeps) {
    super({ ...deps, bus: { subscribe: () => () => {} } });
  }
}

class Forgets extends Broadcaster {
  override attach(...[client, reader]: Parameters<Broadcaster["attach"]>) {
    return super.attach(client, reader);
  }
}

class SparesTheSlow extends Broadcaster {
  override attach(...[client, reader, cursor]: Parameters<Broadcaster["attach"]>) {
    client.bufferedBytes = () => 0;
    return super.attach(client, reader, cursor);
  }
}

const BROKEN: readonly [what: string, section: SectionPlan, said: RegExp][] = [
  [
    "a breaker that never opens",
    breakerSection((options) => new NeverOpens(options)),
    /FAIL {2}opens after a run of failures.*: expected states \["open"\], saw \[\] /,
  ],
  [
    "a breaker that tries nothing again",
    breakerSection((options) => new OpensForGood(options)),
    /FAIL {2}lets one trial through .*: expected the state half_open, saw open /,
  ],
  [
    "a breaker that a restart closes",
    breakerSection((options) => new Forgetful(options)),
    /FAIL {2}is not closed by a restart: expected BREAKER_OPEN, saw a call let through while closed /,
  ],
  [
    "a cache that keeps nothing",
    cacheSection((deps) => new KeepsNothing(deps)),
    /FAIL {2}answers a repeated question itself: expected dispositions \["miss","hit"\], saw \["bypass","bypass"\] /,
  ],
  [
    "a cache that joins no questions",
    cacheSection((deps) => new JoinsNobody(deps)),
    /FAIL {2}joins equal questions .*: expected calls at the server 1, saw 50 /,
  ],
  [
    "a cache that cannot be emptied",
    cacheSection((deps) => new KeepsForGood(deps)),
    /FAIL {2}can be emptied by hand: expected .* \[1,"read after","read after"\], saw \[0,"answer 1","read before"\] /,
  ],
  [
    "a broadcaster that hears nothing",
    broadcasterSection((deps) => new Deaf(deps)),
    /FAIL {2}tells every change in order: expected changes \["files down",.*\], saw \[\] /,
  ],
  [
    "a broadcaster that forgets who was here",
    broadcasterSection((deps) => new Forgets(deps)),
    /FAIL {2}tells a client that returns .*: expected .* \["a down","b down","c down"\], saw \[\] /,
  ],
  [
    "a broadcaster that spares who does not read",
    broadcasterSection((deps) => new SparesTheSlow(deps)),
    /FAIL {2}cuts a client that does not read: expected .* 4008, saw null /,
  ],
  [
    "a part that cannot even be made",
    broadcasterSection(() => {
      throw new Error("no such thing");
    }),
    /FAIL {2}greets with a snapshot: expected no error, saw no such thing /,
  ],
];

const others = (title: string): SectionPlan[] =>
  [breakerSection(), cacheSection(), broadcasterSection()].filter((section) => section.title !== title);

for (const [what, section, said] of BROKEN) {
  test(`${what} fails its section, says what was expected and seen, and ends with 1`, async () => {
    const { code, text } = await quick({ sections: [section, ...others(section.title)] });
    assert.equal(code, 1);
    assert.match(text, said);
    assert.match(text, /\n2\/3 sections, \d\d % \(\d\d of 24 checks\)$/);
  });
}
