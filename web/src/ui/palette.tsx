// Where to, or what to do? One field over everything that can be found or done; the arrow keys choose, Enter does it.
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useClock } from "../clock.ts";
import { PLACES } from "../keys.ts";
import type { LiveState } from "../live/state.ts";
import { useTools } from "../live/use-tools.ts";
import { ACCESS_KEYS, ADD, go, type Route } from "../route.ts";
import { useMay } from "../session.ts";
import { store, stored } from "../stored.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./palette.module.css";
import { type Item, itemsOf, ranked, withRecent } from "./palette-items.ts";
import { useVerbs } from "./verbs.tsx";

const RECENT = "recent";

/** Pages that the menu does not name, for those who can use them. */
const DEEPER = [
  { keys: "", does: "Add a server", href: ADD, needs: "POST /api/servers" },
  { keys: "", does: "Access keys", href: ACCESS_KEYS, needs: "GET /api/keys" },
] as const;

function recentChoices(): string[] {
  try {
    const parsed: unknown = JSON.parse(stored(RECENT) ?? "[]");
    return Array.isArray(parsed) ? parsed.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

/** What takes something away from clients: it is asked about once more. */
const needsAsking = ({ choice }: Item): boolean =>
  choice.kind === "verb" && (choice.verb === "isolate" || choice.verb === "disable");

interface PaletteProps {
  readonly state: LiveState;
  readonly route: Route;
  readonly onClose: () => void;
}

/** What can be chosen now for this query. */
function useItems({ state, route }: PaletteProps, query: string): Item[] {
  const may = useMay();
  const { items: tools } = useTools(state.catalogRevision);
  const [recent] = useState(recentChoices);
  const items = itemsOf({
    places: [...PLACES, ...DEEPER.filter(({ needs }) => may(needs))],
    servers: [...state.servers.values()],
    tools: tools ?? [],
    here: route.page === "server" ? route.server : null,
    may: (verb) => may(`POST /api/servers/{name}/${verb}`),
  });
  return ranked(items, query, recent);
}

const KEEP: Item = {
  id: "keep",
  group: "Verb",
  text: "Keep it as it is",
  beside: "",
  near: true,
  choice: { kind: "go", href: "" },
};

interface ListProps {
  readonly id: string;
  readonly items: readonly Item[];
  readonly at: number;
  readonly onChoose: (item: Item) => void;
}

function List({ id, items, at, onChoose }: ListProps) {
  return (
    <div id={id} role="listbox" aria-label="Choices" className={styles.list}>
      {items.map((item, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: focus stays in the field, whose keys choose
        <div
          key={item.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          ref={(row) => void (index === at && row?.scrollIntoView({ block: "nearest" }))}
          onClick={() => onChoose(item)}
        >
          <span>{item.text}</span>
          <span className="muted">{item.beside}</span>
          <span className="muted">{item === KEEP ? "" : item.group}</span>
        </div>
      ))}
    </div>
  );
}

/** Where a key leads among `count` choices; undefined: the field's own business. */
function movedBy(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (key === "ArrowDown") return (at + 1) % count;
  return key === "ArrowUp" ? (at + count - 1) % count : undefined;
}

/** What is typed and chosen. A choice that takes something away is asked about in the list itself. */
function useChoice(props: PaletteProps) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState<Item | null>(null);
  const { answer, act } = useVerbs(useClock());
  const found = useItems(props, query);
  const items = asked ? [asked, KEEP] : found;
  const reset = (next: Item | null): void => {
    setAsked(next);
    setAt(0);
  };
  const perform = (item: Item): void => {
    store(RECENT, JSON.stringify(withRecent(recentChoices(), item.id)));
    if (item.choice.kind === "verb") {
      setQuery("");
      void act(item.choice.server, item.choice.verb);
      return;
    }
    props.onClose();
    go(item.choice.href);
  };
  const choose = (item: Item): void => {
    if (item === KEEP) reset(null);
    else if (asked === null && needsAsking(item)) reset(item);
    else {
      reset(null);
      perform(item);
    }
  };
  const type = (text: string): void => {
    setQuery(text);
    reset(null);
  };
  return { query, type, items, at: Math.min(at, items.length - 1), setAt, asked, choose, answer };
}

export function Palette(props: PaletteProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const { query, type, items, at, setAt, asked, choose, answer } = useChoice(props);
  const onKeyDown = (event: KeyboardEvent): void => {
    const chosen = items[at];
    const next = movedBy(event.key, at, items.length);
    if (next !== undefined) setAt(next);
    else if (event.key === "Enter" && chosen) choose(chosen);
    else if (event.key === "Escape" && asked) choose(KEEP);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Find or run" shape="palette" onClose={props.onClose}>
      <input
        ref={field}
        type="text"
        className={styles.field}
        role="combobox"
        aria-label="Find or run"
        aria-expanded={items.length > 0}
        aria-controls={id}
        aria-activedescendant={items.length > 0 ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        placeholder="A page, a server, a tool, or what to do with a server"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <List id={id} items={items} at={at} onChoose={choose} />
      <p role="status" className={styles.said} data-refused={answer.kind === "refused" && !asked}>
        {asked ? `${asked.text}? Calls to it will be refused until this is taken back.` : answer.text}
        {items.length === 0 && `Nothing fits “${query}”.`}
      </p>
    </Dialog>
  );
}
