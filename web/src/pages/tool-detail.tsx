// What does this tool do, what does it ask for, what does its definition cost, and what happens when it is tried?
import type { ToolView } from "../../../src/contract/api.ts";
import { ToolForm } from "../form/tool-form.tsx";
import type { LiveState } from "../live/state.ts";
import { useAnswer } from "../live/use-answer.ts";
import { serverHref, TOOLS } from "../route.ts";
import { useMay } from "../session.ts";
import { AdviceWords, type OnAdviceApplied } from "../ui/advice.tsx";
import { hintsOf } from "../ui/hints.ts";
import { keepingSentence } from "../ui/keeping.ts";
import { Said, useSaid } from "../ui/said.tsx";
import { StatusMark } from "../ui/status.tsx";
import { aboutTokens, tokensOf } from "../ui/tokens.ts";
import styles from "./tool-detail.module.css";

function Hints({ tool }: { tool: ToolView }) {
  const hints = hintsOf(tool.annotations);
  return <p className="muted">{hints === "" ? "Gives no hints about itself." : `Says of itself: ${hints}.`}</p>;
}

interface KeepingProps {
  readonly tool: ToolView;
  readonly state: LiveState;
  readonly onApplied: OnAdviceApplied;
}

/** What is made of its answers, and what the advisor says about that. */
function Keeping({ tool, state, onApplied }: KeepingProps) {
  const { value } = useAnswer("GET /api/cache", {}, { revision: state.cacheRevision + state.configRevision });
  const advice = value?.advice.find((one) => one.server === tool.server && one.tool === tool.name);
  return (
    <section aria-label="Cache" className={styles.keeping}>
      <p>{keepingSentence(tool.cache)}</p>
      {advice && <AdviceWords advice={advice} onApplied={onApplied} />}
    </section>
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
  const may = useMay();
  const [said, say] = useSaid();
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
      <Keeping
        tool={tool}
        state={state}
        onApplied={(what, { revision }) => say(`${what} is kept now, by revision ${revision}.`)}
      />
      <Definition tool={tool} />
      {may("POST /api/tools/call") ? (
        <ToolForm tool={tool} />
      ) : (
        <p className="muted">A viewer only looks: trying it here takes an operator.</p>
      )}
      <Said text={said} />
    </article>
  );
}
