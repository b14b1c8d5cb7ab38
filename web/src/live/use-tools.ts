// Which tools are served now? Asked again whenever the live stream says that the list may have changed.
import type { ToolView } from "../../../src/contract/api.ts";
import { useAnswer } from "./use-answer.ts";

/** `items` stays the last known list while a newer one is fetched or has failed. */
export interface Tools {
  readonly items: readonly ToolView[] | null;
  readonly problem: string | null;
}

export function useTools(catalogRevision: number): Tools {
  const { value, problem } = useAnswer("GET /api/tools", {}, { revision: catalogRevision });
  return { items: value?.items ?? null, problem };
}
