// Which servers are there? The same table with a filter over name, transport, status and reason.
import { useState } from "react";
import type { LiveState } from "../live/state.ts";
import { useTimelines } from "../live/use-timeline.ts";
import { AddLink } from "../ui/add-link.tsx";
import { Filter, matches } from "../ui/filter.tsx";
import { Notice } from "../ui/notice.tsx";
import { ServerTable } from "../ui/server-table.tsx";
import { NoServers } from "./overview.tsx";
import styles from "./servers.module.css";

export function Servers({ state }: { state: LiveState }) {
  const [query, setQuery] = useState("");
  const timelines = useTimelines(state, { hours: 24 });
  const views = [...state.servers.values()];
  if (state.loaded && views.length === 0) return <NoServers />;
  const found = views.filter((view) => matches(query, [view.name, view.type, view.status, view.statusReason]));
  return (
    <>
      <div className={styles.tools}>
        <Filter label="Filter servers" value={query} onChange={setQuery} />
        <AddLink />
      </div>
      {state.loaded && found.length === 0 ? (
        <Notice title="No server matches" text={`${views.length} servers are there; none matches “${query}”.`}>
          <button type="button" onClick={() => setQuery("")}>
            Clear filter
          </button>
        </Notice>
      ) : (
        <ServerTable servers={found} loaded={state.loaded} timelines={timelines} />
      )}
    </>
  );
}
