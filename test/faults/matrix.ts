// How does the fault matrix read as a page? One line per fault, one column per transport; the same text from the table and from a run.
import type { Row } from "./row.ts";
import { TRANSPORTS } from "./stage.ts";

const HEADS = ["stdio", "HTTP, sessions", "HTTP, modern", "HTTP+SSE", "the gateway"];

/** Whether a row's cells held; the table itself promises that all of them do. */
export type Judge = (row: Row) => boolean;

const asPromised: Judge = () => true;

const INTRO = `# Fault matrix

*Generated from \`test/faults/rows*.ts\` by \`npm run docs\`, and compared with what ran by \`npm run test:deep\`.*

Every line is a fault that is really played: a server below the level of any SDK does the wrong thing
(\`test/upstreams/faulty.ts\`), a proxy breaks the network (\`test/toxic-proxy.ts\`), a client or the gateway's own process
misbehaves. The last column is for faults of clients, of the store and of the gateway itself.

After every fault all of this must hold: the gateway is the same process and has logged no bug; every request was answered
exactly once, with its own id, by its deadline; a healthy neighbour of each transport, called all the while, answered every
call; the live feed, the stored health log and the server's view tell the same, possible story; \`/metrics\` counts every call
with its outcome; once the fault is gone the server is up, with a closed breaker, within the row's limit, by itself; file
descriptors, processes and sessions are back to what they were. Play some of them with
\`FAULTS=F03,F12 npm run test:deep -- test/faults.deep.test.ts\`.

\`holds\`: played, or proved by the test named; \`-\`: cannot happen there; \`later\`: why it is not played yet.

`;

/** The whole page. */
export function matrixMarkdown(rows: readonly Row[], judge: Judge = asPromised): string {
  const head = ["id", "fault", ...HEADS, "what is expected"];
  const lines = [head, head.map(() => "---"), ...rows.map((row) => cellsOf(row, judge(row)))];
  return `${INTRO}${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

function cellsOf(row: Row, holds: boolean): string[] {
  const word = holds ? "holds" : "**red**";
  const { id, fault, cells = {}, gateway, proofs = [], later, expected } = row;
  const own = gateway !== undefined || proofs.length > 0;
  const played = own || Object.keys(cells).length > 0;
  const files = [...new Set(proofs.map(({ file }) => `\`${file}\``))].join(", ");
  const notes = [
    expected,
    ...(files === "" ? [] : [`Proved by ${files}.`]),
    ...(later === undefined || !played ? [] : [`Later: ${later}.`]),
  ];
  return [
    id,
    fault,
    ...TRANSPORTS.map((transport) => (cells[transport] === undefined ? "-" : word)),
    own ? word : played || later === undefined ? "-" : `later: ${later}`,
    played ? notes.join(" ") : "-",
  ];
}
