// What can be told about single calls? The newest from memory, older ones as far as they were stored.
import type { Ledger } from "#calls/ledger.ts";
import type { CallRecord } from "#contract/call.ts";
import type { PeopleCalls } from "#http/deps.ts";
import type { Store } from "#store/store.ts";

export function peopleCalls({ ledger, store }: { ledger: Ledger; store: Pick<Store, "calls" | "state"> }): PeopleCalls {
  return {
    async get(id): Promise<CallRecord | undefined> {
      const recent = ledger.recent().find((record) => record.id === id);
      if (recent !== undefined || store.state !== "ready") return recent;
      return (await store.calls.get(id)) ?? undefined;
    },
  };
}
