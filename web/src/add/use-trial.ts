// How does a definition stand that is not saved yet? Tried at the gateway without saving, or saved; one thing at a time.
import { useEffect, useRef, useState } from "react";
import type { ServerInput } from "../../../src/contract/api.ts";
import type { Discovery } from "../../../src/contract/discovery.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { type ApiFault, api, faultOf } from "../api.ts";

export type Trial =
  | { readonly kind: "none" | "discovering" | "saving" }
  | { readonly kind: "discovered"; readonly discovery: Discovery }
  | { readonly kind: "refused"; readonly fault: ApiFault };

/** @param onSaved called with the view of the server that was added. */
export function useTrial(onSaved: (view: ServerView) => void) {
  const [trial, setTrial] = useState<Trial>({ kind: "none" });
  const life = useRef<AbortController | null>(null);
  useEffect(() => () => life.current?.abort(), []);
  /** Runs one question; what an earlier one still answers is not shown. */
  const ask = async (kind: "discovering" | "saving", act: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    life.current?.abort();
    const mine = new AbortController();
    life.current = mine;
    setTrial({ kind });
    try {
      await act(mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) setTrial({ kind: "refused", fault: faultOf(error) });
    }
  };
  return {
    trial,
    discover: (input: ServerInput): Promise<void> =>
      ask("discovering", async (signal) => {
        const discovery = await api("POST /api/servers/discover", { body: input, signal });
        if (!signal.aborted) setTrial({ kind: "discovered", discovery });
      }),
    save: (input: ServerInput): Promise<void> =>
      ask("saving", async () => onSaved(await api("POST /api/servers", { body: input }))),
    drop: (): void => {
      life.current?.abort();
      setTrial({ kind: "none" });
    },
  };
}
