// Who is connected right now? Sessions of MCP clients and readers of the live stream, as operators may see them: no secret of
// theirs, and not more than can be shown.
import type { ConnectionsAnswer, LiveConnectionView, McpConnection } from "#contract/connection.ts";
import type { Session, Sessions } from "#downstream/sessions.ts";
import type { AudienceMember } from "#events/broadcaster.ts";
import { sha256 } from "#lib/json.ts";
import type { World } from "#lib/world.ts";

export interface ConnectionsDeps {
  readonly world: Pick<World, "now" | "wall">;
  readonly sessions: Pick<Sessions, "size"> & Iterable<Session>;
  readonly broadcaster: { audience(): AudienceMember[] };
}

export const MAX_SHOWN = 1_000;
/** Characters of a hash: enough to tell sessions apart. */
const ID_LENGTH = 12;

export function connections({ world, sessions, broadcaster }: ConnectionsDeps): ConnectionsAnswer {
  const wallOf = (monotonic: number): number => Math.round(world.wall() - (world.now() - monotonic));
  const newestSessions = [...sessions].sort((a, b) => b.lastSeenAt - a.lastSeenAt).slice(0, MAX_SHOWN);
  const members = broadcaster.audience();
  const newestMembers = members.toSorted((a, b) => b.since - a.since).slice(0, MAX_SHOWN);
  return {
    mcp: newestSessions.map((session) => mcpConnection(session, wallOf(session.lastSeenAt))),
    mcpTotal: sessions.size,
    live: newestMembers.map(liveConnection),
    liveTotal: members.length,
  };
}

const mcpConnection = (session: Session, seenAt: number): McpConnection => ({
  id: sha256(session.id).slice(0, ID_LENGTH),
  endpoint: session.view === null ? "/mcp" : `/mcp/${session.view}`,
  client: session.client,
  protocolVersion: session.protocolVersion,
  principal: session.principal,
  openedAt: session.openedAt,
  seenAt,
  inFlight: session.calls.size,
  streams: session.streams.size,
});

const liveConnection = ({ since, subscriptions, ...member }: AudienceMember): LiveConnectionView => ({
  ...member,
  openedAt: since,
  subscriptions: [...subscriptions],
});
