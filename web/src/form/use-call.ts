// How does a call from the page stand? At most one at a time; leaving the tool gives it up.
import { useEffect, useRef, useState } from "react";
import type { CacheRequest } from "../../../src/contract/cache.ts";
import type { ToolCallAnswer } from "../../../src/contract/call.ts";
import { ApiFault, api } from "../api.ts";

export type CallState =
  | { readonly kind: "idle" }
  | { readonly kind: "running" }
  | { readonly kind: "answered"; readonly answer: ToolCallAnswer }
  | { readonly kind: "refused"; readonly fault: ApiFault }
  | { readonly kind: "given_up" };

type Values = Readonly<Record<string, unknown>>;

const bug = (error: unknown): ApiFault =>
  new ApiFault(0, {
    code: "PAGE",
    message: `The page met a bug: ${error instanceof Error ? error.message : "unknown"}.`,
  });

export function useCall(server: string, tool: string) {
  const [call, setCall] = useState<CallState>({ kind: "idle" });
  const life = useRef<AbortController | null>(null);
  const last = useRef<Values>({});
  useEffect(() => () => life.current?.abort(), []);
  const run = async (values: Values, cache: CacheRequest = "use"): Promise<void> => {
    const mine = new AbortController();
    life.current?.abort();
    life.current = mine;
    last.current = values;
    setCall({ kind: "running" });
    try {
      const body = { server, tool, arguments: { ...values }, cache };
      setCall({ kind: "answered", answer: await api("POST /api/tools/call", { body, signal: mine.signal }) });
    } catch (error) {
      if (life.current !== mine) return;
      if (mine.signal.aborted) setCall({ kind: "given_up" });
      else setCall({ kind: "refused", fault: error instanceof ApiFault ? error : bug(error) });
    }
  };
  return {
    call,
    run,
    /** The same arguments once more, neither answered from the cache nor kept. */
    runPast: () => run(last.current, "bypass"),
    giveUp: () => life.current?.abort(),
  };
}
