// Which tools are served now? Asked again whenever the live stream says that the list may have changed.
import { useEffect, useState } from "react";
import type { ToolView } from "../../../src/contract/api.ts";
import { ApiFault, api } from "../api.ts";

/** `items` stays the last known list while a newer one is fetched or has failed. */
export interface Tools {
  readonly items: readonly ToolView[] | null;
  readonly problem: string | null;
}

/** Several servers often change at once: one question for all of them, milliseconds. */
const GATHER_MS = 150;

export function useTools(catalogRevision: number): Tools {
  const [tools, setTools] = useState<Tools>({ items: null, problem: null });
  useEffect(() => {
    const life = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const { items } = await api("GET /api/tools", { signal: life.signal });
        setTools({ items, problem: null });
      } catch (error) {
        if (life.signal.aborted) return;
        const problem = error instanceof ApiFault ? error.message : "The list of tools could not be read.";
        setTools((known) => ({ ...known, problem }));
      }
    };
    const timer = setTimeout(() => void ask(), catalogRevision > 1 ? GATHER_MS : 0);
    return () => {
      clearTimeout(timer);
      life.abort();
    };
  }, [catalogRevision]);
  return tools;
}
