// Is anything left of a round? Its servers go, and with them their tools; the live feed says so.
import { isObject } from "#lib/json.ts";
import { demandSame, type SectionPlan } from "./check.ts";
import { ACTORS, EAR_MS, type Round } from "./round.ts";

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
        const told = (type: "server_added" | "server_removed"): number => count(round, type);
        const expected = `server_removed for each of ${told("server_added")} that were added`;
        await round.ear.until(expected, () => told("server_removed") >= told("server_added"), EAR_MS);
        return `server_removed, ${told("server_removed")} times`;
      },
    },
  ],
});

async function namesAt({ visitor, prefix }: Round, path: string, key: string): Promise<string[]> {
  const answer = await visitor.get(path);
  const items = isObject(answer) && Array.isArray(answer.items) ? answer.items : [];
  return items.map((item) => String(isObject(item) ? item[key] : item)).filter((name) => name.startsWith(prefix));
}

/** Servers of this round that the live feed told about with a frame of this type. */
const count = ({ ear, prefix }: Round, type: "server_added" | "server_removed"): number =>
  ear.frames.filter((frame) => {
    if (frame.type !== type) return false;
    const name = frame.type === "server_added" ? frame.data.server.name : frame.data.name;
    return name.startsWith(prefix);
  }).length;
