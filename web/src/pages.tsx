// Which page is shown? Overview and Servers come with the first load; the others when they are wanted, or when nothing else is to do.
import { lazy, type ReactNode, Suspense, useEffect } from "react";
import type { LiveState } from "./live/state.ts";
import { Overview } from "./pages/overview.tsx";
import { Servers } from "./pages/servers.tsx";
import { OVERVIEW, type Route } from "./route.ts";
import { Boundary } from "./ui/boundary.tsx";
import { Notice } from "./ui/notice.tsx";

const LOADS = {
  server: () => import("./pages/server.tsx").then(({ Server }) => ({ default: Server })),
  tools: () => import("./pages/tools.tsx").then(({ Tools }) => ({ default: Tools })),
  calls: () => import("./pages/calls.tsx").then(({ Calls }) => ({ default: Calls })),
  connections: () => import("./pages/connections.tsx").then(({ Connections }) => ({ default: Connections })),
  cache: () => import("./pages/cache.tsx").then(({ Cache }) => ({ default: Cache })),
  configuration: () => import("./pages/configuration.tsx").then(({ Configuration }) => ({ default: Configuration })),
  keys: () => import("./pages/access-keys.tsx").then(({ AccessKeys }) => ({ default: AccessKeys })),
  add: () => import("./pages/add-server.tsx").then(({ AddServer }) => ({ default: AddServer })),
  events: () => import("./pages/events.tsx").then(({ Events }) => ({ default: Events })),
  moment: () => import("./pages/moment.tsx").then(({ Moment }) => ({ default: Moment })),
};
const Server = lazy(LOADS.server);
const Tools = lazy(LOADS.tools);
const Calls = lazy(LOADS.calls);
const Connections = lazy(LOADS.connections);
const Cache = lazy(LOADS.cache);
const Events = lazy(LOADS.events);
const Moment = lazy(LOADS.moment);
const Configuration = lazy(LOADS.configuration);
const AccessKeys = lazy(LOADS.keys);
const AddServer = lazy(LOADS.add);

/** By then the first page has its data, milliseconds. */
const IDLE_AFTER_MS = 2000;

/** Fetches the other pages once the first one stands, so that they open at once, and even while the gateway is away. */
function useLoadAhead(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of Object.values(LOADS)) load().catch(() => undefined);
    }, IDLE_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
}

function Nowhere() {
  return (
    <Notice title="There is no such page" text="The address names nothing that this dashboard shows.">
      <a href={OVERVIEW}>Go to the overview</a>
    </Notice>
  );
}

function pageOf(route: Route, state: LiveState): ReactNode {
  switch (route.page) {
    case "overview":
      return <Overview state={state} />;
    case "servers":
      return <Servers state={state} />;
    case "server":
      return <Server key={route.server} name={route.server} state={state} />;
    case "tools":
      return <Tools state={state} chosen={route.tool} />;
    case "calls":
      return <Calls state={state} chosen={route.id} />;
    case "connections":
      return <Connections />;
    case "cache":
      return <Cache state={state} />;
    case "events":
      if (route.at !== null) return <Moment at={route.at} chosen={route.seq} />;
      return <Events state={state} chosen={route.seq} />;
    case "configuration":
      return <Configuration state={state} chosen={route.revision} />;
    case "keys":
      return <AccessKeys />;
    case "add":
      return <AddServer />;
    case "nowhere":
      return <Nowhere />;
  }
}

export function PageOf({ route, state }: { route: Route; state: LiveState }) {
  useLoadAhead();
  return (
    <Boundary key={route.page}>
      <Suspense fallback={<p className="muted late">Loading the page…</p>}>{pageOf(route, state)}</Suspense>
    </Boundary>
  );
}
