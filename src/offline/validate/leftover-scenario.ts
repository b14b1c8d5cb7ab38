// Is anything left of a round? Its servers go, and with them their tools; the live feed says so.
import { isObject } from "#lib/json.ts";
import { demand, demandSame, type SectionPlan } from "./check.ts";
import { ACTORS, FEED_MS, type Round } from "./round.ts";

export const leftoverScenario = (round: Round): SectionPlan => ({
  title: "Nothing left over",
  steps: [
    {
      name: "the servers are removed",
      async look() {
        await round.remove();
        return `${ACTORS.length} servers`;
      },
    },
    {
      name: "neither servers nor tools of them are left",
      async look() {
        const kept = [
          ...(await namesAt(round, "/api/servers", "name")),
          ...(await namesAt(round, "/api/tools", "server")),
        ];
        demandSame("what is left", kept, []);
        return "0 servers, 0 tools";
      },
    },
    {
      name: "the live feed tells that they are gone",
      async look() {
        const told = (): number => removals(round);
        const expected = `server_removed for each of ${ACTORS.length} servers`;
        await round.feed.until(expected, () => told() >= ACTORS.length, FEED_MS);
        return `server_removed, ${told()} times`;
      },
    },
  ],
});

async function namesAt({ visitor, prefix }: Round, path: string, key: string): Promise<string[]> {
  const answer = await visitor.get(path);
  demand(isObject(answer) && Array.isArray(answer.items), `items at ${path}`, "none");
  return answer.items
    .map((item) => String(isObject(item) ? item[key] : item))
    .filter((name) => name.startsWith(prefix));
}

/** Servers of this round of which the live feed told that they are gone. */
const removals = ({ feed, prefix }: Round): number =>
  feed.frames.filter((frame) => frame.type === "server_removed" && frame.data.name.startsWith(prefix)).length;
