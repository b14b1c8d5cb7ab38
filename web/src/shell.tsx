// What stands around every page? Menu, bar, live chip, banners, keys; it also names the page for the browser.
import { type RefObject, useEffect, useState } from "react";
import { ClockContext, useTicks } from "./clock.ts";
import { usePageFocus } from "./focus.ts";
import { covered, PALETTE_KEYS, PLACES, useKeys, usePaletteKey } from "./keys.ts";
import { CallFeedContext } from "./live/call-feed.ts";
import type { Phase } from "./live/socket.ts";
import type { LiveState } from "./live/state.ts";
import { useLive } from "./live/use-live.ts";
import { Menu } from "./menu.tsx";
import { PageOf } from "./pages.tsx";
import { CONFIGURATION, followLinks, go, goUp, type Page, type Route, routeOf, SERVERS, usePath } from "./route.ts";
import { useWho } from "./session.ts";
import styles from "./shell.module.css";
import { toggleTheme } from "./theme.ts";
import { Announcer } from "./ui/announcer.tsx";
import { KeysDialog } from "./ui/keys-dialog.tsx";
import { LiveChip, StaleBanner } from "./ui/live-chip.tsx";
import { Banner } from "./ui/notice.tsx";
import { Palette } from "./ui/palette.tsx";
import { titleState } from "./ui/sentence.ts";

const TITLES: Readonly<Record<Page, string>> = {
  overview: "Overview",
  servers: "Servers",
  server: "Server",
  tools: "Tools",
  calls: "Calls",
  cache: "Cache",
  events: "Events",
  configuration: "Configuration",
  connections: "Connections",
  keys: "Access keys",
  add: "Add a server",
  nowhere: "No such page",
};

/** The page that stands before a page's own name in the heading. */
const OVER: Partial<Readonly<Record<Page, string>>> = { server: SERVERS, add: SERVERS, keys: CONFIGURATION };

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
  readonly onFind: () => void;
}

function Heading({ route }: { route: Route }) {
  const over = OVER[route.page];
  if (!over) return <h1>{titleOf(route)}</h1>;
  return (
    <h1>
      <a href={over}>{TITLES[routeOf(over).page]}</a>
      <span className="muted"> / </span>
      {titleOf(route)}
    </h1>
  );
}

function Who() {
  const { principal, role } = useWho();
  return (
    <p className={styles.who} title={principal}>
      {principal !== role && <span className="wide">{`${principal}, `}</span>}
      {role}
    </p>
  );
}

/** The bar, the banners and the page itself. */
function Frame({ route, state, phase, main, onFind }: FrameProps) {
  return (
    <div className={styles.body}>
      <header className={styles.bar}>
        <Heading route={route} />
        <button type="button" className={styles.find} onClick={onFind} aria-haspopup="dialog">
          <span>Find or run…</span>
          <span className="key" aria-hidden="true">
            {PALETTE_KEYS}
          </span>
        </button>
        <Who />
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

export function Shell({ onLogout }: { onLogout: () => void }) {
  const { state, phase, feed } = useLive();
  const path = usePath();
  const route = routeOf(path);
  const main = usePageFocus(path);
  const [keysShown, setKeysShown] = useState(false);
  const [finding, setFinding] = useState(false);
  const now = useTicks(phase.kind === "live", state.clockOffsetMs);
  useEffect(followLinks, []);
  useShellKeys(route, () => setKeysShown(true));
  usePaletteKey(() => setFinding(true));
  useTitle(state, titleOf(route));
  return (
    <ClockContext value={now}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <div className={styles.app}>
        <Menu page={route.page} onLogout={onLogout} onKeys={() => setKeysShown(true)} />
        <CallFeedContext value={feed}>
          <Frame route={route} state={state} phase={phase} main={main} onFind={() => setFinding(true)} />
        </CallFeedContext>
      </div>
      <Announcer servers={state.servers} />
      {finding && <Palette state={state} route={route} onClose={() => setFinding(false)} />}
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </ClockContext>
  );
}
