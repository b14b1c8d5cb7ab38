// What can be told about the past? Single calls, the newest from memory, and pages of what was stored of calls and events.
import type { Ledger } from "#calls/ledger.ts";
import type { Broadcaster } from "#events/broadcaster.ts";
import type { PeopleCalls, PeopleEvents } from "#http/deps.ts";
import type { Store } from "#store/store.ts";

export const peopleCalls = ({
  ledger,
  store,
}: {
  readonly ledger: Pick<Ledger, "recent">;
  readonly store: Pick<Store, "calls" | "state">;
}): PeopleCalls => ({
  async get(id) {
    const recent = ledger.recent().find((record) => record.id === id);
    if (recent !== undefined || store.state !== "ready") return recent;
    return (await store.calls.get(id)) ?? undefined;
  },
  async page(query) {
    return withoutNull(await store.calls.page(query));
  },
});

export const peopleEvents = (
  { store }: { readonly store: Pick<Store, "events"> },
  broadcaster: Broadcaster,
): PeopleEvents => ({
  async page({ after, since, ...query }) {
    if (after !== undefined) {
      return { items: [...(await store.events.after(broadcaster.vitals().epoch, after, query))] };
    }
    if (since !== undefined) return { items: [...(await store.events.since(since, query))] };
    return withoutNull(await store.events.page(query));
  },
});

const withoutNull = <T>({ items, next }: { readonly items: readonly T[]; readonly next: string | null }) => ({
  items: [...items],
  ...(next === null ? {} : { next }),
});
