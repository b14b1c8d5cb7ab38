// Where can a person go? The rail beside the page, icons alone when it is narrow, and behind one button when it is very narrow.
import type { ReactNode } from "react";
import { PLACES } from "./keys.ts";
import styles from "./menu.module.css";
import type { Page } from "./route.ts";
import { toggleTheme } from "./theme.ts";

const ICONS: Readonly<Record<string, ReactNode>> = {
  Overview: <path d="M2 9.5h3l2-6 3 9 2-6h2" />,
  Servers: <path d="M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01" />,
  Tools: <path d="m9.5 6.5-6 6M8.5 4.5a3 3 0 0 1 4-1.5l-2 2 .5 1.5 1.5.5 2-2a3 3 0 0 1-4 3" />,
  Calls: <path d="M2 5h10M9 2l3 3-3 3M14 11H4M7 8l-3 3 3 3" />,
  Cache: <path d="M2.5 4c0-2 11-2 11 0s-11 2-11 0zM2.5 4v8c0 2 11 2 11 0V4M2.5 8c0 2 11 2 11 0" />,
  Events: <path d="M2 4h1M2 8h1M2 12h1M6 4h8M6 8h8M6 12h5" />,
  Configuration: <path d="M2 5h6M12 5h2M10 3v4M2 11h2M8 11h6M6 9v4" />,
  Connections: (
    <path d="M6 10 10 6M7 4.5l1.8-1.8a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.8 1.8a3.2 3.2 0 0 1-4.5-4.5L4.5 7" />
  ),
  Theme: <path d="M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11" />,
  Keys: <path d="M1.5 4h13v8h-13zM4 6.5h.01M6.5 6.5h.01M9.5 6.5h.01M12 6.5h.01M5 9.5h6" />,
  "Sign out": <path d="M6.5 2.5h-4v11h4M6.5 8h7M11 5l3 3-3 3" />,
};

function Icon({ name }: { name: string }) {
  return (
    <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {ICONS[name]}
    </svg>
  );
}

interface MenuProps {
  readonly page: Page;
  readonly onLogout: () => void;
  readonly onKeys: () => void;
}

/** Under which of the places a page stands, where its name does not say it. */
const UNDER: Partial<Readonly<Record<Page, string>>> = { server: "servers", add: "servers", keys: "configuration" };

const isHere = (place: string, page: Page): boolean => place === (UNDER[page] ?? page);

function Places({ page }: { page: Page }) {
  return PLACES.map(({ does, href, keys }) => (
    <a
      key={href}
      href={href}
      aria-current={isHere(does.toLowerCase(), page) ? "page" : undefined}
      title={`${does} (${keys})`}
    >
      <Icon name={does} />
      <span className={styles.word}>{does}</span>
      <span className="key" aria-hidden="true">
        {keys}
      </span>
    </a>
  ));
}

function Action({ name, keys, onPress }: { name: string; keys?: string; onPress: () => void }) {
  return (
    <button type="button" className="quiet" onClick={onPress} title={keys ? `${name} (${keys})` : name}>
      <Icon name={name} />
      <span className={styles.word}>{name}</span>
      {keys && (
        <span className="key" aria-hidden="true">
          {keys}
        </span>
      )}
    </button>
  );
}

function Content({ page, onLogout, onKeys }: MenuProps) {
  return (
    <>
      <Places page={page} />
      <div className={styles.foot}>
        <Action name="Theme" keys="t" onPress={toggleTheme} />
        <Action name="Keys" keys="?" onPress={onKeys} />
        <Action name="Sign out" onPress={onLogout} />
      </div>
    </>
  );
}

export function Menu(props: MenuProps) {
  return (
    <>
      <nav className={styles.rail} aria-label="Primary">
        <b className={styles.brand}>
          <span>OMNI2</span>
        </b>
        <Content {...props} />
      </nav>
      <button type="button" className={`quiet ${styles.open}`} popoverTarget="menu" aria-label="Menu">
        <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
          <path d="M2 4h12M2 8h12M2 12h12" />
        </svg>
      </button>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: a click on any entry closes the menu; keys reach the entries themselves */}
      <nav
        key={props.page}
        id="menu"
        popover="auto"
        className={styles.sheet}
        aria-label="Menu"
        onClick={(event) => event.target !== event.currentTarget && event.currentTarget.hidePopover()}
      >
        <Content {...props} />
      </nav>
    </>
  );
}
