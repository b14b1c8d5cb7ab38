// Does the tool cache do its work? The real layers on a clock moved by hand, in front of a server that counts what reaches it.

import type { ToolCacheDeps } from "#calls/cache/tool-cache.ts";
import { ToolCache } from "#calls/cache/tool-cache.ts";
import type { Reply } from "#upstream/transport.ts";
import { type CreateToolCache, createOnion, type Onion, replyOf, TTL_MS } from "./cache-onion.ts";
import { demandSame, type SectionPlan } from "./check.ts";

/** What one check saw, on a fresh onion. */
type Look = (begin: (limits?: ToolCacheDeps["limits"]) => Onion) => Promise<string>;

const repeats: Look = async (begin) => {
  const onion = begin();
  const first = await onion.ask();
  onion.clock.advance(1_000);
  const second = await onion.ask();
  const dispositions = [first.call.disposition, second.call.disposition];
  demandSame("dispositions", dispositions, ["miss", "hit"]);
  demandSame("calls at the server", onion.asked(), 1);
  demandSame("the answer and its age", [second.text, second.call.ageMs], [first.text, 1_000]);
  return `${dispositions.join(", ")}; 1 call at the server, the same answer, 1000 ms old`;
};

const expires: Look = async (begin) => {
  const onion = begin();
  await onion.ask();
  onion.clock.advance(TTL_MS - 1);
  const before = await onion.ask();
  onion.clock.advance(1);
  const after = await onion.ask();
  demandSame("dispositions", [before.call.disposition, after.call.disposition], ["hit", "miss"]);
  demandSame("the later answer", after.text, "answer 2");
  return `a hit at ${TTL_MS - 1} ms, asked again at ${TTL_MS} ms`;
};

const apart: Look = async (begin) => {
  const onion = begin();
  const questions = [{}, { path: "y" }, { principal: "ann" }, { principal: "bob" }];
  const texts = [];
  for (const question of [...questions, ...questions]) texts.push((await onion.ask(question)).text);
  demandSame("calls at the server", onion.asked(), questions.length);
  demandSame("repeated answers", texts.slice(questions.length), texts.slice(0, questions.length));
  return `${questions.length} different questions, each with its own answer`;
};

const AT_ONCE = 50;

const joins: Look = async (begin) => {
  const onion = begin();
  const held = Promise.withResolvers<Reply>();
  onion.answers = () => held.promise;
  const waiting = Array.from({ length: AT_ONCE }, () => onion.ask());
  held.resolve(replyOf({ text: "one for all" }));
  const texts = new Set((await Promise.all(waiting)).map(({ text }) => text));
  demandSame("calls at the server", onion.asked(), 1);
  demandSame("answers", [...texts], ["one for all"]);
  return `${AT_ONCE} equal questions at once, 1 call at the server`;
};

const forgetsFailures: Look = async (begin) => {
  const onion = begin();
  onion.answers = (time) => replyOf({ text: `sorry ${time}`, isError: true });
  await onion.ask();
  await onion.ask();
  onion.answers = () => Promise.reject(new Error("the link is gone"));
  const gone = await onion.ask().then(
    () => "an answer",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  demandSame("the outcome of a call that its server did not answer", gone, "the link is gone");
  demandSame("calls at the server", onion.asked(), 3);
  return "3 failures, each asked for anew";
};

const makesRoom: Look = async (begin) => {
  const onion = begin({ maxEntries: 2 });
  for (const path of ["a", "b", "a", "c"]) await onion.ask({ path });
  const { entries, evictions } = onion.cache.counts();
  demandSame("entries and evictions", [entries, evictions], [2, 1]);
  const again = [];
  for (const path of ["a", "b"]) again.push((await onion.ask({ path })).call.disposition);
  demandSame("dispositions of the used one and of the unused one", again, ["hit", "miss"]);
  return "2 of 3 kept; the one not used for longest went";
};

const empties: Look = async (begin) => {
  const onion = begin();
  await onion.ask();
  const held = Promise.withResolvers<Reply>();
  onion.answers = () => held.promise;
  const late = onion.ask({ path: "late" });
  const removed = onion.cache.invalidate({ server: "files" }, "person");
  held.resolve(replyOf({ text: "read before" }));
  await late;
  onion.answers = () => replyOf({ text: "read after" });
  const seen = [removed, (await onion.ask()).text, (await onion.ask({ path: "late" })).text];
  demandSame("the number dropped and the next answers", seen, [1, "read after", "read after"]);
  return "1 dropped; what was on its way stayed out too";
};

const addsUp: Look = async (begin) => {
  const onion = begin();
  for (let count = 0; count < 4; count++) await onion.ask();
  const { calls, hits, misses, upstream, hitRate } = onion.cache.counts();
  demandSame("calls, hits, misses, server calls, rate", [calls, hits, misses, upstream, hitRate], [4, 3, 1, 1, 0.75]);
  return "4 calls: 3 hits, 1 miss, hit rate 75 %";
};

const LOOKS: Readonly<Record<string, Look>> = {
  "answers a repeated question itself": repeats,
  "asks again when the time is over": expires,
  "keeps questions and callers apart": apart,
  "joins equal questions that come at once": joins,
  "keeps no failure": forgetsFailures,
  "makes room by least recent use": makesRoom,
  "can be emptied by hand": empties,
  "counts what it does": addsUp,
};

export const cacheSection = (create: CreateToolCache = (deps) => new ToolCache(deps)): SectionPlan => ({
  title: "Tool Cache",
  steps: Object.entries(LOOKS).map(([name, look]) => ({
    name,
    look: () => look((limits) => createOnion(create, limits)),
  })),
});
