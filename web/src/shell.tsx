// What stands around every page? Menu, bar, live chip, banners, keys; it also names the page for the browser.
import { type RefObject, useEffect, useState } from "react";
import type { SessionAnswer } from "../../src/contract/api.ts";
import { ClockContext, useTicks } from "./clock.ts";
import { usePageFocus } from "./focus.ts";
import { covered, PLACES, useKeys } from "./keys.ts";
import type { Phase } from "./live/socket.ts";
import type { LiveState } from "./live/state.ts";
import { useLive } from "./live/use-live.ts";
import { Menu } from "./menu.tsx";
import { PageOf } from "./pages.tsx";
import { followLinks, go, goUp, type Page, type Route, routeOf, SERVERS, usePath } from "./route.ts";
import styles from "./shell.module.css";
import { toggleTheme } from "./theme.ts";
import { Announcer } from "./ui/announcer.tsx";
import { KeysDialog } from "./ui/keys-dialog.tsx";
import { LiveChip, StaleBanner } from "./ui/live-chip.tsx";
import { Banner } from "./ui/notice.tsx";
import { titleState } from "./ui/sentence.ts";

const TITLES: Readonly<Record<Page, string>> = {
  overview: "Overview",
  servers: "Servers",
  server: "Server",
  tools: "Tools",
  cache: "Cache",
  events: "Events",
  nowhere: "No such page",
};

const titleOf = (route: Route): string => (route.page === "server" ? route.server : TITLES[route.page]);

/** The worst news first, so that it is read in a narrow tab. */
function useTitle(state: LiveState, title: string): void {
  const word = titleState([...state.servers.values()]);
  useEffect(() => {
    document.title = [word, title, "OMNI2"].filter(Boolean).join(" · ");
  }, [word, title]);
}

function useShellKeys(route: Route, showKeys: () => void): void {
  useKeys((word) => {
    const place = PLACES.find(({ keys }) => keys === word);
    if (place) go(place.href);
    else if (word === "t") toggleTheme();
    else if (word === "?") showKeys();
    else return word === "Escape" && !covered() && goUp(route);
    return true;
  });
}

interface FrameProps {
  readonly route: Route;
  readonly state: LiveState;
  readonly phase: Phase;
  readonly main: RefObject<HTMLElement | null>;
}

function Heading({ route }: { route: Route }) {
  if (route.page !== "server") return <h1>{titleOf(route)}</h1>;
  return (
    <h1>
      <a href={SERVERS}>Servers</a>
      <span className="muted"> / </span>
      {route.server}
    </h1>
  );
}

/** The bar, the banners and the page itself. */
function Frame({ route, state, phase, main }: FrameProps) {
  return (
    <div className={styles.body}>
      <header className={styles.bar}>
        <Heading route={route} />
        <LiveChip phase={phase} />
      </header>
      <StaleBanner phase={phase} />
      {!state.ready && (
        <Banner>The database is not ready yet. Servers and tools work; what is stored waits for it.</Banner>
      )}
      <main ref={main} id="main" tabIndex={-1} className={styles.main} aria-label={titleOf(route)}>
        <PageOf route={route} state={state} />
      </main>
    </div>
  );
}

export function Shell({ who, onLogout }: { who: SessionAnswer; onLogout: () => void }) {
  const { state, phase } = useLive();
  const path = usePath();
  const route = routeOf(path);
  const main = usePageFocus(path);
  const [keysShown, setKeysShown] = useState(false);
  const now = useTicks(phase.kind === "live", state.clockOffsetMs);
  useEffect(followLinks, []);
  useShellKeys(route, () => setKeysShown(true));
  useTitle(state, titleOf(route));
  return (
    <ClockContext value={now}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <div className={styles.app}>
        <Menu page={route.page} who={who} onLogout={onLogout} onKeys={() => setKeysShown(true)} />
        <Frame route={route} state={state} phase={phase} main={main} />
      </div>
      <Announcer servers={state.servers} />
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </ClockContext>
  );
}
