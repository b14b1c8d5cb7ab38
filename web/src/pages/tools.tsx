// What can be called, and what does it do when tried? The merged list with a search beside the chosen tool.
import { useState } from "react";
import type { ToolView } from "../../../src/contract/api.ts";
import type { LiveState } from "../live/state.ts";
import { useTools } from "../live/use-tools.ts";
import { TOOLS, toolHref } from "../route.ts";
import { Filter, matches } from "../ui/filter.tsx";
import { count, many, words } from "../ui/format.ts";
import { keepingBrief, keepingSentence } from "../ui/keeping.ts";
import { Notice } from "../ui/notice.tsx";
import { useRoving } from "../ui/roving.ts";
import { aboutTokens, tokensOf } from "../ui/tokens.ts";
import { ToolDetail } from "./tool-detail.tsx";
import styles from "./tools.module.css";

/** Rows drawn at once; a search narrows the rest. */
const MAX_ROWS = 200;

type Chosen = { readonly server: string; readonly name: string } | null;

const hrefOf = (tool: ToolView): string => toolHref(tool.server, tool.name);

interface RowsProps {
  readonly found: readonly ToolView[];
  readonly chosen: Chosen;
}

const isChosen = (tool: ToolView, chosen: Chosen): boolean =>
  chosen?.server === tool.server && chosen.name === tool.name;

function Rows({ found, chosen }: RowsProps) {
  const shown = found.slice(0, MAX_ROWS);
  const roving = useRoving(
    shown.map((tool) => tool.qualifiedName),
    shown.find((tool) => isChosen(tool, chosen))?.qualifiedName,
  );
  return (
    <>
      <ul className={styles.rows}>
        {shown.map((tool) => (
          <li key={tool.qualifiedName}>
            <a
              href={hrefOf(tool)}
              aria-current={isChosen(tool, chosen) ? "true" : undefined}
              title={tool.description ?? undefined}
              {...roving(tool.qualifiedName)}
            >
              <span>{tool.name}</span>
              <span className="muted">{tool.server}</span>
              <span className={`muted ${styles.keeping}`} title={keepingSentence(tool.cache)}>
                {keepingBrief(tool.cache)}
              </span>
              <span className={`muted ${styles.tokens}`} title={aboutTokens(tokensOf(tool))}>
                {`~${words(count(tokensOf(tool)))}`}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {found.length > shown.length && (
        <p className={`muted ${styles.count}`}>{`The first ${MAX_ROWS} of ${found.length}. Search to narrow.`}</p>
      )}
    </>
  );
}

function countOf(found: readonly ToolView[], items: readonly ToolView[]): string {
  const some = found.length === items.length ? "" : `${found.length} of `;
  const tokens = found.reduce((sum, tool) => sum + tokensOf(tool), 0);
  return `${some}${many(items.length, "tool")}${found.length > 0 ? `, ${aboutTokens(tokens)}` : ""}`;
}

function Empty({ total, query, onClear }: { total: number; query: string; onClear: () => void }) {
  if (total === 0)
    return <Notice title="No tools yet" text="No connected server offers a tool. They appear here by themselves." />;
  return (
    <Notice title="No tool matches" text={`${many(total, "tool")} are served; none matches “${query}”.`}>
      <button type="button" onClick={onClear}>
        Clear search
      </button>
    </Notice>
  );
}

export function Tools({ state, chosen }: { state: LiveState; chosen: Chosen }) {
  const { items, problem } = useTools(state.catalogRevision + state.configRevision);
  const [query, setQuery] = useState("");
  const found = items?.filter((tool) => matches(query, [tool.qualifiedName, tool.title, tool.description])) ?? [];
  const tool = items?.find((item) => isChosen(item, chosen));
  return (
    <div className={styles.page} data-chosen={chosen !== null}>
      <section className={styles.list} aria-label="List of tools">
        <Filter label="Search tools" value={query} onChange={setQuery} />
        {problem && <p className={`muted ${styles.count}`}>{problem}</p>}
        {items === null && !problem && <p className={`muted ${styles.count}`}>Asking for the list…</p>}
        {items !== null && (
          <p className={`muted ${styles.count}`} role="status">
            {countOf(found, items)}
          </p>
        )}
        {items !== null && found.length === 0 && (
          <Empty total={items.length} query={query} onClear={() => setQuery("")} />
        )}
        <Rows found={found} chosen={chosen} />
      </section>
      {tool && <ToolDetail key={tool.qualifiedName} tool={tool} state={state} />}
      {chosen && !tool && items !== null && (
        <Notice title={`${chosen.name} is not served now`} text={`${chosen.server} does not list a tool of this name.`}>
          <a href={TOOLS}>All tools</a>
        </Notice>
      )}
      {!chosen && found.length > 0 && (
        <p className={`muted ${styles.hint}`}>Choose a tool to read what it does and to try it.</p>
      )}
    </div>
  );
}
