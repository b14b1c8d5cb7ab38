// What stands around every page? Menu, bar, live chip, banners, the drawer, keys; it decides which page is under the drawer.
import { type RefObject, useEffect, useRef, useState } from "react";
import type { SessionAnswer } from "../../src/contract/api.ts";
import { ClockContext, useTicks } from "./clock.ts";
import { PLACES, useKeys } from "./keys.ts";
import type { Phase } from "./live/socket.ts";
import type { LiveState } from "./live/state.ts";
import { useLive } from "./live/use-live.ts";
import { Menu } from "./menu.tsx";
import { Overview } from "./pages/overview.tsx";
import { Servers } from "./pages/servers.tsx";
import { Tools } from "./pages/tools.tsx";
import { go, OVERVIEW, type Route, routeOf, SERVERS, TOOLS, useHash } from "./route.ts";
import styles from "./shell.module.css";
import { toggleTheme } from "./theme.ts";
import { Announcer } from "./ui/announcer.tsx";
import { KeysDialog } from "./ui/keys-dialog.tsx";
import { LiveChip, StaleBanner } from "./ui/live-chip.tsx";
import { Banner } from "./ui/notice.tsx";
import { titleState } from "./ui/sentence.ts";
import { ServerDrawer } from "./ui/server-drawer.tsx";

type Page = Route["page"];
const TITLES: Readonly<Record<Page, string>> = { overview: "Overview", servers: "Servers", tools: "Tools" };
const HOMES: Readonly<Record<Page, string>> = { overview: OVERVIEW, servers: SERVERS, tools: TOOLS };

/** The page to show: a drawer opened from the overview leaves the overview under it. */
function usePageUnder(route: Route): Page {
  const last = useRef<Page | null>(null);
  const drawer = route.page === "servers" && route.server !== null;
  const page = drawer && last.current === "overview" ? "overview" : route.page;
  useEffect(() => {
    last.current = page;
  }, [page]);
  return page;
}

function useTitle(state: LiveState, page: Page): void {
  const word = titleState([...state.servers.values()]);
  useEffect(() => {
    document.title = `${word || TITLES[page]} · OMNI2`;
  }, [word, page]);
}

/** A new page starts at its top, for the eye and for a screen reader. */
function useFreshPage(page: Page) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(page);
  useEffect(() => {
    if (shown.current === page) return;
    shown.current = page;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [page]);
  return main;
}

function useShellKeys(back: () => boolean, showKeys: () => void): void {
  useKeys((word) => {
    const place = PLACES.find(({ keys }) => keys === word);
    if (place) go(place.href);
    else if (word === "t") toggleTheme();
    else if (word === "?") showKeys();
    else return word === "Escape" && back();
    return true;
  });
}

interface PagesProps {
  readonly page: Page;
  readonly route: Route;
  readonly state: LiveState;
}

function Pages({ page, route, state }: PagesProps) {
  if (page === "overview") return <Overview state={state} />;
  if (page === "servers") return <Servers state={state} />;
  return <Tools state={state} chosen={route.page === "tools" ? route.tool : null} />;
}

interface FrameProps extends PagesProps {
  readonly phase: Phase;
  readonly main: RefObject<HTMLElement | null>;
}

/** The bar, the banners and the page itself. */
function Frame({ page, route, state, phase, main }: FrameProps) {
  return (
    <div className={styles.body}>
      <header className={styles.bar}>
        <h1>{TITLES[page]}</h1>
        <LiveChip phase={phase} />
      </header>
      <StaleBanner phase={phase} />
      {!state.ready && (
        <Banner>The database is not ready yet. Servers and tools work; what is stored waits for it.</Banner>
      )}
      <main ref={main} id="main" tabIndex={-1} className={styles.main}>
        <Pages page={page} route={route} state={state} />
      </main>
    </div>
  );
}

function SkipLink({ main }: { main: RefObject<HTMLElement | null> }) {
  return (
    <a
      className={styles.skip}
      href={location.hash}
      onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}
    >
      Skip to content
    </a>
  );
}

export function Shell({ who, onLogout }: { who: SessionAnswer; onLogout: () => void }) {
  const { state, phase } = useLive();
  const route = routeOf(useHash());
  const page = usePageUnder(route);
  const main = useFreshPage(page);
  const [keysShown, setKeysShown] = useState(false);
  const now = useTicks(phase.kind === "live", state.clockOffsetMs);
  const home = (): void => go(HOMES[page]);
  const back = (): boolean => {
    if (route.page !== "tools" || route.tool === null) return false;
    home();
    return true;
  };
  useShellKeys(back, () => setKeysShown(true));
  useTitle(state, page);
  return (
    <ClockContext value={now}>
      <SkipLink main={main} />
      <div className={styles.app}>
        <Menu page={page} who={who} onLogout={onLogout} onKeys={() => setKeysShown(true)} />
        <Frame page={page} route={route} state={state} phase={phase} main={main} />
      </div>
      <Announcer servers={state.servers} />
      {route.page === "servers" && route.server !== null && (
        <ServerDrawer key={route.server} name={route.server} state={state} onClose={home} />
      )}
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </ClockContext>
  );
}
