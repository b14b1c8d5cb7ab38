// Who is connected right now? MCP sessions and readers of the live stream, asked for again while the page is in view.

import { useAnswer } from "../live/use-answer.ts";
import { useMay } from "../session.ts";
import { LiveConnections, McpConnections } from "../ui/connection-tables.tsx";
import { Notice } from "../ui/notice.tsx";
import styles from "./connections.module.css";

const AGAIN_MS = 5000;

function Known() {
  const { value, problem } = useAnswer("GET /api/connections", {}, { everyMs: AGAIN_MS });
  if (!value && problem)
    return <Notice title="The connections could not be read" text={`${problem} They are asked for again.`} />;
  if (!value) return <p className="muted late">Asking the gateway…</p>;
  return (
    <div className={styles.page}>
      {problem && <p className="muted">{`These are the last known connections. ${problem}`}</p>}
      <McpConnections sessions={value.mcp} total={value.mcpTotal} />
      <LiveConnections readers={value.live} total={value.liveTotal} />
    </div>
  );
}

export function Connections() {
  if (useMay()("GET /api/connections")) return <Known />;
  return (
    <Notice
      title="Connections are for operators"
      text="This page tells who else uses the gateway. Your role is viewer; an administrator can give you another one."
    />
  );
}
