// How does a change of the configuration go? First asked what it would do, then done by the same revision; nothing is done unseen.
import { useState } from "react";
import type { ConfigApplied, ConfigPatch } from "../../../src/contract/change.ts";
import { type ApiFault, api, faultOf } from "../api.ts";

/** What is asked for: a merge patch over what was set here, or all of it as it was at a revision. */
export type Wish = { readonly patch: ConfigPatch } | { readonly back: number };

export type Change =
  | { readonly kind: "none" | "checking" }
  /** What it would do, by which revision. */
  | {
      readonly kind: "reviewed" | "applying";
      readonly wish: Wish;
      readonly revision: number;
      readonly effect: ConfigApplied;
    }
  | { readonly kind: "applied"; readonly effect: ConfigApplied }
  | { readonly kind: "refused"; readonly fault: ApiFault };

/** Somebody else changed the configuration meanwhile. */
export const isConflict = (change: Change): boolean => change.kind === "refused" && change.fault.status === 412;

/** Without `dryRun` it is done. */
function ask(wish: Wish, ifMatch: number, dryRun: boolean): Promise<ConfigApplied> {
  const by = { ifMatch, ...(dryRun ? { query: { dryRun: "true" } } : {}) };
  if ("patch" in wish) return api("PATCH /api/config", { body: wish.patch, ...by });
  return api("POST /api/config/revisions/{n}/apply", { params: { n: String(wish.back) }, ...by });
}

/** @param onApplied called once a change has been done. */
export function useChange(onApplied: (effect: ConfigApplied) => void) {
  const [change, setChange] = useState<Change>({ kind: "none" });
  const attempt = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      setChange({ kind: "refused", fault: faultOf(error) });
    }
  };
  return {
    change,
    /** Asks what it would do. Without a revision it is by the one that runs now. */
    review: (wish: Wish, revision?: number): Promise<void> =>
      attempt(async () => {
        setChange({ kind: "checking" });
        const by = revision ?? (await api("GET /api/config")).revision;
        setChange({ kind: "reviewed", wish, revision: by, effect: await ask(wish, by, true) });
      }),
    /** Does what was reviewed. */
    apply: (): Promise<void> =>
      attempt(async () => {
        if (change.kind !== "reviewed") return;
        setChange({ ...change, kind: "applying" });
        const effect = await ask(change.wish, change.revision, false);
        setChange({ kind: "applied", effect });
        onApplied(effect);
      }),
    drop: (): void => setChange({ kind: "none" }),
  };
}
