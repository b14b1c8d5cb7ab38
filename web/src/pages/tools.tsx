// What can be called, and what does it do when tried? The merged list with a search beside the chosen tool.
import { useState } from "react";
import type { ToolView } from "../../../src/contract/api.ts";
import { ToolForm } from "../form/tool-form.tsx";
import type { LiveState } from "../live/state.ts";
import { useTools } from "../live/use-tools.ts";
import { serverHref, TOOLS, toolHref } from "../route.ts";
import { Filter, matches } from "../ui/filter.tsx";
import { many } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { StatusMark } from "../ui/status.tsx";
import styles from "./tools.module.css";

/** Rows drawn at once; a search narrows the rest. */
const MAX_ROWS = 200;

type Chosen = { readonly server: string; readonly name: string } | null;

const hrefOf = (tool: ToolView): string => toolHref(tool.server, tool.name);

function Tags({ tool }: { tool: ToolView }) {
  const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = tool.annotations;
  const tags = [
    readOnlyHint === true && "reads only",
    destructiveHint === true && readOnlyHint !== true && "may destroy",
    idempotentHint === true && "safe to repeat",
    openWorldHint === true && "reaches outside",
  ].filter((tag) => tag !== false);
  if (tags.length === 0) return null;
  return <p className="muted">{`Says of itself: ${tags.join(", ")}.`}</p>;
}

function Detail({ tool, state }: { tool: ToolView; state: LiveState }) {
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
      <Tags tool={tool} />
      <ToolForm tool={tool} />
    </article>
  );
}

interface RowsProps {
  readonly found: readonly ToolView[];
  readonly chosen: Chosen;
}

const isChosen = (tool: ToolView, chosen: Chosen): boolean =>
  chosen?.server === tool.server && chosen.name === tool.name;

function Rows({ found, chosen }: RowsProps) {
  const [active, setActive] = useState<string | null>(null);
  const shown = found.slice(0, MAX_ROWS);
  const inTabOrder =
    shown.find((tool) => tool.qualifiedName === active) ?? shown.find((tool) => isChosen(tool, chosen)) ?? shown[0];
  return (
    <>
      <ul className={styles.rows}>
        {shown.map((tool) => (
          <li key={tool.qualifiedName}>
            <a
              href={hrefOf(tool)}
              data-row
              tabIndex={tool === inTabOrder ? 0 : -1}
              aria-current={isChosen(tool, chosen) ? "true" : undefined}
              title={tool.description ?? undefined}
              onFocus={() => setActive(tool.qualifiedName)}
            >
              <span>{tool.name}</span>
              <span className="muted">{tool.server}</span>
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
  const { items, problem } = useTools(state.catalogRevision);
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
            {found.length === items.length
              ? many(items.length, "tool")
              : `${found.length} of ${many(items.length, "tool")}`}
          </p>
        )}
        {items !== null && found.length === 0 && (
          <Empty total={items.length} query={query} onClear={() => setQuery("")} />
        )}
        <Rows found={found} chosen={chosen} />
      </section>
      {tool && <Detail key={tool.qualifiedName} tool={tool} state={state} />}
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
