// What does this tool do, what does it ask for, what does its definition cost, and what happens when it is tried?
import type { ToolView } from "../../../src/contract/api.ts";
import { ToolForm } from "../form/tool-form.tsx";
import type { LiveState } from "../live/state.ts";
import { serverHref, TOOLS } from "../route.ts";
import { StatusMark } from "../ui/status.tsx";
import { aboutTokens, tokensOf } from "../ui/tokens.ts";
import styles from "./tool-detail.module.css";

function Hints({ tool }: { tool: ToolView }) {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations;
  const hints = [
    readOnlyHint === true && "reads only",
    readOnlyHint === false && "may write",
    destructiveHint === true && readOnlyHint !== true && "may destroy",
    idempotentHint === true && "safe to repeat",
    openWorldHint === true && "reaches outside",
    openWorldHint === false && "stays inside",
  ].filter((hint) => hint !== false);
  return (
    <p className="muted">
      {hints.length === 0 ? "Gives no hints about itself." : `Says of itself: ${hints.join(", ")}.`}
    </p>
  );
}

function Definition({ tool }: { tool: ToolView }) {
  return (
    <details className={styles.definition}>
      <summary>{`Input schema; the definition takes ${aboutTokens(tokensOf(tool))}`}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <pre tabIndex={0}>{JSON.stringify(tool.inputSchema, null, 2)}</pre>
    </details>
  );
}

export function ToolDetail({ tool, state }: { tool: ToolView; state: LiveState }) {
  const status = state.servers.get(tool.server)?.status;
  return (
    <article className={styles.detail}>
      <a className={styles.back} href={TOOLS}>
        All tools
      </a>
      <h2>{tool.title ?? tool.name}</h2>
      <p className={styles.origin}>
        <span className="mono">{tool.qualifiedName}</span>
        <a href={serverHref(tool.server)} className={styles.server}>
          {tool.server}
        </a>
        {status && <StatusMark status={status} />}
      </p>
      {tool.description && <p className={styles.description}>{tool.description}</p>}
      <Hints tool={tool} />
      <Definition tool={tool} />
      <ToolForm tool={tool} />
    </article>
  );
}
