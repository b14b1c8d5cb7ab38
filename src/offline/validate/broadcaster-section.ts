// Does the WebSocket Broadcaster do its work? The real one with clients in memory that read every frame by the published schema.
import { type Frame, type FrameType, frameSchema } from "#contract/event.ts";
import { serverView } from "#contract/sample-view.ts";
import type { Status } from "#contract/upstream.ts";
import { AUDIENCE_LIMITS, CLOSE_TOO_SLOW, type LiveClient } from "#events/audience.ts";
import { Broadcaster, type BroadcasterDeps } from "#events/broadcaster.ts";
import { createBus } from "#events/bus.ts";
import type { Cursor } from "#events/recovery.ts";
import type { Reader } from "#events/view.ts";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import { maySee } from "#policy/access.ts";
import { demand, demandSame, type SectionPlan } from "./check.ts";

export type CreateBroadcaster = (deps: BroadcasterDeps) => Broadcaster;

/** Longer than frames wait to be sent together, and shorter than the beat of the figures. */
const STEP_MS = 150;
const ADMIN: Reader = { principal: "admin", role: "admin" };

interface Listener extends LiveClient {
  readonly frames: Frame[];
  writes: number;
  buffered: number;
  cutWith: number | null;
}

interface Stage {
  readonly clock: HandWorld;
  readonly broadcaster: Broadcaster;
  /** Something happens to a server, and what it leads to is sent. */
  readonly change: (name: string, status: Status) => void;
  readonly join: (cursor?: Cursor) => Listener & { readonly attachment: ReturnType<Broadcaster["attach"]> };
}

function listener(): Listener {
  const self: Listener = {
    kind: "websocket",
    address: "127.0.0.1",
    frames: [],
    writes: 0,
    buffered: 0,
    cutWith: null,
    send({ json }) {
      self.writes++;
      const value: unknown = JSON.parse(json.toString());
      for (const frame of Array.isArray(value) ? value : [value]) self.frames.push(frameSchema.parse(frame));
    },
    bufferedBytes: () => self.buffered,
    cut(code) {
      self.cutWith = code;
    },
  };
  return self;
}

function stage(create: CreateBroadcaster): Stage {
  const clock = handWorld(0);
  const bus = createBus(silentLog);
  const metrics = { calls: 0, faults: 0, sessions: 0, uptimeMs: 1, rssBytes: 1 };
  const snapshot = () => ({ ready: true, servers: [serverView("files")], metrics });
  const broadcaster = create({ snapshot, bus, world: clock, log: silentLog, maySee, archive: null });
  const publish = (name: string, newStatus: Status): void =>
    bus.publish({
      type: "status.changed",
      at: clock.wall(),
      name,
      oldStatus: newStatus === "up" ? "down" : "up",
      newStatus,
      reason: "a check",
      severity: newStatus === "up" ? "info" : "critical",
      view: serverView(name, { status: newStatus }),
    });
  return {
    clock,
    broadcaster,
    change: publish,
    join(cursor) {
      const one = listener();
      return Object.assign(one, { attachment: broadcaster.attach(one, ADMIN, cursor) });
    },
  };
}

const typesOf = ({ frames }: Listener): FrameType[] => frames.map(({ type }) => type);
const changesOf = ({ frames }: Listener): string[] =>
  frames.flatMap((frame) =>
    frame.type === "mcp_status_change" ? [`${frame.data.name} ${frame.data.new_status}`] : [],
  );

/** What one check saw, on a fresh stage. */
type Look = (begin: () => Stage) => string;

const greets: Look = (begin) => {
  const [first] = begin().join().frames;
  demandSame("the first frame", first?.type, "initial_status");
  demand(first?.type === "initial_status" && first.data.ready, "a snapshot that is ready", JSON.stringify(first));
  demandSame("servers in the snapshot", first.data.servers.length, 1);
  demand(/^[0-9a-f]{32}$/.test(first.epoch ?? ""), "an epoch of 32 hex digits", String(first.epoch));
  return `initial_status with 1 server, number ${first.seq}`;
};

const tells: Look = (begin) => {
  const { clock, change, join } = begin();
  const one = join();
  const told: string[] = [];
  for (const [name, status] of [
    ["files", "down"],
    ["git", "up"],
    ["files", "up"],
    ["git", "down"],
  ] as const) {
    change(name, status);
    clock.advance(STEP_MS);
    told.push(`${name} ${status}`);
  }
  demandSame("changes", changesOf(one), told);
  const numbers = one.frames.filter(({ type }) => type === "mcp_status_change").map(({ prev, seq }) => [prev, seq]);
  demandSame("numbers", numbers, [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
  return "4 changes as numbers 1 to 4, in order, without a gap";
};

const bundles: Look = (begin) => {
  const { clock, change, join } = begin();
  const one = join();
  const before = one.writes;
  for (const name of ["a", "b", "c", "d", "e"]) change(name, "down");
  clock.advance(STEP_MS);
  demandSame("messages and changes", [one.writes - before, changesOf(one).length], [1, 5]);
  return "5 changes at one time left as 1 message";
};

const replays: Look = (begin) => {
  const { clock, broadcaster, change, join } = begin();
  const one = join();
  const { epoch, seq } = broadcaster.vitals();
  one.attachment.leave();
  for (const name of ["a", "b", "c"]) change(name, "down");
  clock.advance(STEP_MS);
  const back = join({ epoch, after: seq });
  demandSame("what the client had not seen", changesOf(back), ["a down", "b down", "c down"]);
  demandSame("frames", typesOf(back).length, 3);
  const [stranger] = typesOf(join({ epoch: "0".repeat(32), after: seq }));
  demandSame("the first frame for the number of another run", stranger, "initial_status");
  return "3 missed changes once each; a snapshot where numbers do not fit";
};

const narrows: Look = (begin) => {
  const { clock, change, join } = begin();
  const one = join();
  one.attachment.subscribe({ event_types: ["mcp_status_change"], filters: { servers: ["git"] } });
  change("files", "down");
  change("git", "down");
  clock.advance(STEP_MS);
  demandSame("changes", changesOf(one), ["git down"]);
  return "1 of 2 changes, the one subscribed to";
};

const cuts: Look = (begin) => {
  const { clock, change, join } = begin();
  const slow = join();
  const quick = join();
  slow.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
  change("files", "down");
  clock.advance(STEP_MS);
  clock.advance(AUDIENCE_LIMITS.overMs + 1_000);
  demandSame("how the client that does not read was closed", slow.cutWith, CLOSE_TOO_SLOW);
  demandSame("the other client's changes and end", [changesOf(quick), quick.cutWith], [["files down"], null]);
  return `closed with ${CLOSE_TOO_SLOW}; the other one missed nothing`;
};

const measures: Look = (begin) => {
  const { clock, join } = begin();
  const one = join();
  clock.advance(3_000 + STEP_MS);
  demandSame("system_metrics in 3 s", typesOf(one).filter((type) => type === "system_metrics").length, 3);
  return "3 system_metrics in 3 s";
};

const LOOKS: Readonly<Record<string, Look>> = {
  "greets with a snapshot": greets,
  "tells every change in order": tells,
  "bundles what happens at one time": bundles,
  "tells a client that returns what it missed": replays,
  "sends only what was subscribed to": narrows,
  "cuts a client that does not read": cuts,
  "measures once a second": measures,
};

export const broadcasterSection = (create: CreateBroadcaster = (deps) => new Broadcaster(deps)): SectionPlan => ({
  title: "WebSocket Broadcaster",
  steps: Object.entries(LOOKS).map(([name, look]) => ({
    name,
    look: () => {
      let made: Broadcaster | undefined;
      const begin = (): Stage =>
        stage((deps) => {
          made = create(deps);
          return made;
        });
      try {
        return look(begin);
      } finally {
        made?.close();
      }
    },
  })),
});
