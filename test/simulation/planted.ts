// Would the simulation see a bug? Well-known ones, each a change of one piece of the product's source, with the rules that must catch it.

export interface PlantedBug {
  readonly title: string;
  /** Under src/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** One of these rules is the first to break. */
  readonly caughtBy: readonly string[];
}

export const PLANTED: readonly PlantedBug[] = [
  {
    title: "half-open admits one trial too many",
    file: "policy/breaker.ts",
    find: "out.length >= settings.trials",
    replace: "out.length > settings.trials",
    caughtBy: ["trials"],
  },
  {
    title: "a write that was sent is tried again",
    file: "policy/retry.ts",
    find: 'case "OUTCOME_UNKNOWN":\n      return repeatable;',
    replace: 'case "OUTCOME_UNKNOWN":\n      return true;',
    caughtBy: ["write twice"],
  },
  {
    title: "a stale generation: the end of an old link counts for the new one",
    file: "coordinator/loop.ts",
    find: 'if (this.phases.now.kind !== "connected" || this.phases.now.connection !== connection) return;',
    replace: 'if (this.phases.now.kind !== "connected") return;',
    caughtBy: ["one link", "one process", "false alarm"],
  },
  {
    title: "a stale generation: what was asked before the breaker opened counts as a trial",
    file: "policy/breaker.ts",
    find: "|| !state.trials.some((trial) => trial.pass === pass)",
    replace: "",
    caughtBy: ["evidence"],
  },
  {
    title: "retries have no budget",
    file: "calls/retry.ts",
    find: "if (book.budget.withdraw()) return true;",
    replace: "return true;",
    caughtBy: ["amplification"],
  },
  {
    title: "our own stall is blamed on a server",
    file: "policy/verdict.ts",
    find: "STALL_EXCUSES_MS = 100;",
    replace: "STALL_EXCUSES_MS = 1_000_000;",
    caughtBy: ["false alarm"],
  },
  {
    title: "slots are not given back",
    file: "calls/bulkhead.ts",
    find: "slots.leave(party);\n      if",
    replace: "if",
    caughtBy: ["isolation"],
  },
  {
    title: "deadlines are forgotten",
    file: "calls/deadline.ts",
    find: "deadlines.add(budget);",
    replace: "",
    caughtBy: ["answer"],
  },
  {
    title: "a command is started again without measure",
    file: "policy/supervision.ts",
    find: "restarts: 5",
    replace: "restarts: 50",
    caughtBy: ["restart intensity"],
  },
  {
    title: "a supervisor that was stopped goes on probing",
    file: "coordinator/prober.ts",
    find: "this.#running = false;\n    this.#dueAt = Number.POSITIVE_INFINITY;\n    this.#cancel();",
    replace: "",
    caughtBy: ["timers", "retired"],
  },
  {
    title: "a breaker closes without a trial when its open time is over",
    file: "policy/breaker.ts",
    find: "now >= state.retryAt ? halfOpen(state) : state",
    replace: "now >= state.retryAt ? reset(state, now) : state",
    caughtBy: ["breaker edges"],
  },
  {
    title: "a server whose credentials were refused once is not asked again",
    file: "policy/supervision.ts",
    find: "AUTH_RETRY_MS = 30_000",
    replace: "AUTH_RETRY_MS = 30_000_000",
    caughtBy: ["recovery"],
  },
  {
    title: "chance does not come from the world",
    file: "coordinator/pace.ts",
    find: "this.#world.random()",
    replace: "Math.random()",
    caughtBy: ["determinism"],
  },
  {
    title: "an answer that an invalidation has overtaken is kept",
    file: "calls/cache/kept.ts",
    find: "row.stamp !== stamp || ",
    replace: "",
    caughtBy: ["outdated"],
  },
  {
    title: "a call joins a question that was asked before an invalidation",
    file: "calls/cache/coalesce.ts",
    find: "return this.stamp === stamp;",
    replace: "return true;",
    caughtBy: ["outdated"],
  },
  {
    title: "answers are kept without saying whose they are",
    file: "calls/cache/key.ts",
    find: 'principal === undefined ? "null" : JSON.stringify(principal)',
    replace: '"null"',
    caughtBy: ["whose answer"],
  },
  {
    title: "an answer is served as fresh when its time is over",
    file: "calls/cache/keeper.ts",
    find: 'now < entry.freshUntil ? "hit" : "stale"',
    replace: '"hit"',
    caughtBy: ["too old"],
  },
  {
    title: "what is kept goes only when a write begins",
    file: "calls/cache/layer.ts",
    find: "} finally {\n      this.#written(plan.row);\n    }",
    replace: "} finally {}",
    caughtBy: ["outdated"],
  },
  {
    title: "a write whose end nobody knows is taken for done",
    file: "calls/cache/kept.ts",
    find: " || askedAt < shelf.unsettledUntil",
    replace: "",
    caughtBy: ["outdated"],
  },
  {
    title: "equal calls ask at the same time",
    file: "calls/cache/coalesce.ts",
    find: "this.#asked.add(question);\n",
    replace: "\n",
    caughtBy: ["asked twice"],
  },
  {
    title: "a replay begins one event too late",
    file: "events/stream.ts",
    find: "ring.slice(after - oldest() + 1)",
    replace: "ring.slice(after - oldest() + 2)",
    caughtBy: ["live stream"],
  },
  {
    title: "a replay that a view leaves out does not say how far it went",
    file: "events/reception.ts",
    find: " && last < seq) frames.push(",
    replace: " && last > seq) frames.push(",
    caughtBy: ["live stream"],
  },
  {
    title: "whoever comes is told again what waits to be sent",
    file: "events/outbox.ts",
    find: "if (pending.length === 0) fn();",
    replace: "if (pending.length >= 0) fn();",
    caughtBy: ["live stream"],
  },
  {
    title: "what a server says stays when it says that its tools have changed",
    file: "gateway-cache.ts",
    find: 'event.kind !== "prompts"',
    replace: "false",
    caughtBy: ["outdated"],
  },
];
