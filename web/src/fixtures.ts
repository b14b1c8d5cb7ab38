// Which views and frames do the dashboard's tests start from? Complete ones, changed only where a test says so.
import type { Frame } from "../../src/contract/event.ts";
import type { ServerView } from "../../src/contract/upstream.ts";
import { serverView as wellView } from "../../src/contract/view.fixture.ts";

export const serverView = (name: string, changes: Partial<ServerView> = {}): ServerView =>
  wellView(name, { tools: 2, ...changes });

const metrics = { calls: 1, faults: 0, sessions: 0, sockets: 1, uptimeMs: 1000, rssBytes: 1 };

export const snapshotFrame = (servers: ServerView[], seq = 10, epoch = "e1"): Frame => ({
  type: "initial_status",
  ts: 5000,
  seq,
  epoch,
  data: { ready: true, servers, metrics },
});

export const statusFrame = (view: ServerView, seq: number, prev = seq - 1): Frame => ({
  type: "mcp_status_change",
  ts: 6000,
  seq,
  prev,
  epoch: "e1",
  data: {
    name: view.name,
    old_status: "up",
    new_status: view.status,
    reason: "why",
    severity: "warning",
    server: view,
  },
});
