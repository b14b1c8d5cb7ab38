// What does the cache save, what does it not keep and why, and how is it emptied? Everything as the gateway counted it.
import { useState } from "react";
import type { CacheAnswer } from "../../../src/contract/cache.ts";
import type { ConfigApplied } from "../../../src/contract/change.ts";
import { api, wordsOf } from "../api.ts";
import type { LiveState } from "../live/state.ts";
import { useAnswer } from "../live/use-answer.ts";
import { serverHref, toolHref } from "../route.ts";
import { useMay } from "../session.ts";
import { Advisor } from "../ui/advice.tsx";
import { type CacheRow, CacheTable } from "../ui/cache-table.tsx";
import { cacheSentence, clearedSentence, howServed, lookupsOf } from "../ui/cache-words.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Filter, matches } from "../ui/filter.tsx";
import { bytes, count, duration, percentage, words } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { type FigureLine, Figures } from "../ui/quantity.tsx";
import { Said, useSaid } from "../ui/said.tsx";
import styles from "./cache.module.css";

const AGAIN_MS = 3000;

const MODES = { off: "off", shadow: "only watches", auto: "keeps" } as const;

function figuresOf(cache: CacheAnswer): FigureLine[] {
  const others = howServed({ ...cache, hits: 0 });
  return [
    { label: "Hit rate", figure: lookupsOf(cache) > 0 ? percentage(cache.hitRate) : null },
    { label: "Hits", figure: count(cache.hits), ...(others ? { beside: `and ${others}` } : {}) },
    { label: "Time saved", figure: cache.savedMs > 0 ? duration(cache.savedMs) : null },
    { label: "Entries", figure: count(cache.entries), beside: `of ${words(count(cache.maxEntries))}` },
    { label: "Size", figure: bytes(cache.bytes), beside: `of ${words(bytes(cache.maxBytes))}` },
    { label: "Evictions", figure: count(cache.evictions) },
    { label: "Invalidations", figure: count(cache.invalidations) },
  ];
}

/** Whose answers are to go; empty for all. */
interface Selection {
  readonly server?: string;
  readonly tool?: string;
}

function useClearing(onDone: () => void) {
  const [said, say] = useSaid();
  const clear = async (selection: Selection): Promise<void> => {
    const what = [selection.server, selection.tool].filter(Boolean).join(" / ");
    say("");
    try {
      const { removed } = await api("DELETE /api/cache", { query: { ...selection } });
      say(clearedSentence(removed, what));
      onDone();
    } catch (error) {
      say(wordsOf(error));
    }
  };
  return { said, say, clear };
}

const serverRows = ({ servers }: CacheAnswer): CacheRow[] =>
  servers.map(({ server, mode, ...counts }) => ({
    id: server,
    what: server,
    beside: MODES[mode],
    counts,
    name: <a href={serverHref(server)}>{server}</a>,
  }));

interface ToolRow extends CacheRow {
  readonly server: string;
  readonly tool: string;
}

const toolRows = ({ tools }: CacheAnswer, query: string): ToolRow[] =>
  tools
    .filter(({ server, tool }) => matches(query, [server, tool]))
    .map(({ server, tool, ...counts }) => ({
      id: `${server}/${tool}`,
      what: `${server} / ${tool}`,
      beside: server,
      counts,
      server,
      tool,
      name: <a href={toolHref(server, tool)}>{tool}</a>,
    }));

interface TablesProps {
  readonly cache: CacheAnswer;
  /** Null where the person may not clear. */
  readonly clear: ((selection: Selection) => Promise<void>) | null;
}

function Tables({ cache, clear }: TablesProps) {
  const [query, setQuery] = useState("");
  if (cache.servers.length === 0) return null;
  return (
    <>
      <CacheTable
        caption="Servers"
        nameHead="Server"
        besideHead="Mode"
        rows={serverRows(cache)}
        onClear={clear && (({ id }) => void clear({ server: id }))}
      />
      {cache.tools.length > 0 && (
        <section aria-label="Tools" className={styles.tools}>
          <Filter label="Filter tools" value={query} onChange={setQuery} />
          <CacheTable
            caption="Tools"
            nameHead="Tool"
            besideHead="Server"
            rows={toolRows(cache, query)}
            onClear={clear && (({ server, tool }: ToolRow) => void clear({ server, tool }))}
          />
        </section>
      )}
    </>
  );
}

export function Cache({ state }: { state: LiveState }) {
  const [cleared, setCleared] = useState(0);
  const again = { everyMs: AGAIN_MS, revision: state.cacheRevision + cleared };
  const { value: cache, problem } = useAnswer("GET /api/cache", {}, again);
  const { said, say, clear } = useClearing(() => setCleared((last) => last + 1));
  const mayClear = useMay()("DELETE /api/cache");
  const onApplied = (what: string, { revision }: ConfigApplied): void => {
    say(`${what} is kept now, by revision ${revision}.`);
    setCleared((last) => last + 1);
  };
  if (!cache && problem) return <Notice title="The cache could not be read" text={`${problem} It is asked again.`} />;
  if (!cache) return <p className="muted late">Asking the gateway…</p>;
  return (
    <div className={styles.page}>
      <header>
        <p className={styles.lead}>{cacheSentence(cache)}</p>
        {problem && <p className="muted">{`These are the last known figures. ${problem}`}</p>}
        <Figures lines={figuresOf(cache)} />
        {mayClear && <Confirm word="Clear all" full="Clear all kept answers" onConfirm={() => void clear({})} />}
      </header>
      <Tables cache={cache} clear={mayClear ? clear : null} />
      <Advisor advice={cache.advice} onApplied={onApplied} />
      <Said text={said} />
    </div>
  );
}
