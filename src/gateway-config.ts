// How do people see and change the configuration, and who hears of it? Every change leaves a row in the audit log and a frame.
import type { Config } from "#config/config.ts";
import type { Configuration } from "#config/state.ts";
import type { ConfigApplied } from "#contract/change.ts";
import type { Bus } from "#events/bus.ts";
import type { ConfigAsk, PeopleConfig } from "#http/deps.ts";
import type { AuditTrail, Deed } from "./gateway-audit.ts";

const RECORDS_PER_SECOND = 200;
const DRAINS_PER_SECOND = 4;

/** How many single records of calls the journal takes at a time. */
export const recordBudget = ({ document }: Configuration): number =>
  (document.omni2.journal?.callsPerSecond ?? RECORDS_PER_SECOND) / DRAINS_PER_SECOND;

/** Changes named in one frame. */
const MAX_PATHS = 50;

/** Announces every revision on the bus. */
export function announceRevisions(config: Pick<Config, "onRevision">, bus: Pick<Bus, "publish">): void {
  config.onRevision(({ n, at, by, source, changes }) => {
    const paths = changes.slice(0, MAX_PATHS).map(({ path }) => path);
    bus.publish({ type: "config.applied", at, revision: n, by, source, paths });
  });
}

export function peopleConfig({
  config,
  audit,
}: {
  readonly config: Pick<Config, "current" | "shown" | "patch" | "rollBack" | "revisions">;
  readonly audit: Pick<AuditTrail, "record">;
}): PeopleConfig {
  const audited = async (
    change: () => Promise<ConfigApplied>,
    { ifMatch, dryRun }: ConfigAsk,
    { principal, detail }: Pick<Deed, "principal" | "detail">,
  ): Promise<ConfigApplied> => {
    const applied = await change();
    if (!dryRun && applied.revision !== ifMatch) {
      const paths = applied.changes.slice(0, MAX_PATHS).map(({ path }) => path);
      await audit.record({
        principal,
        action: "config.change",
        target: null,
        detail: { ...detail, revision: applied.revision, paths },
      });
    }
    return applied;
  };
  return {
    show: config.shown,
    revisions: config.revisions,
    patch: (patch, rules, principal) =>
      audited(() => config.patch(patch, { ...rules, by: principal.id }), rules, { principal, detail: {} }),
    rollBack: (n, rules, principal) =>
      audited(() => config.rollBack(n, { ...rules, by: principal.id }), rules, { principal, detail: { restored: n } }),
  };
}
