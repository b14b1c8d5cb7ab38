// What can be found or done from anywhere, and which of it fits what was typed? What is at hand comes first. Pure.
import type { ServerVerb, ToolView } from "../../../src/contract/api.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { serverHref, toolHref } from "../route.ts";
import { VERB_WORDS, verbsOf } from "./verb-words.ts";

export type Choice =
  | { readonly kind: "go"; readonly href: string }
  | { readonly kind: "verb"; readonly verb: ServerVerb; readonly server: string };

export interface Item {
  /** The same on every visit. */
  readonly id: string;
  readonly group: "Page" | "Server" | "Tool" | "Verb";
  readonly text: string;
  /** What is muted beside it. */
  readonly beside: string;
  readonly choice: Choice;
  /** Something to do to the server whose page is open. */
  readonly near: boolean;
}

interface Place {
  readonly does: string;
  readonly href: string;
  readonly keys: string;
}

/** What a palette is made from. */
export interface Known {
  readonly places: readonly Place[];
  readonly servers: readonly ServerView[];
  readonly tools: readonly Pick<ToolView, "server" | "name" | "title">[];
  /** The server whose page is open. */
  readonly here: string | null;
  readonly may: (verb: ServerVerb) => boolean;
}

function verbItems(view: ServerView, { may, here }: Known): Item[] {
  return verbsOf(view)
    .filter((verb) => may(verb))
    .map((verb) => ({
      id: `verb ${view.name} ${verb}`,
      group: "Verb",
      text: `${VERB_WORDS[verb][0].replace(" now", "")} ${view.name}`,
      beside: view.status,
      choice: { kind: "verb", verb, server: view.name },
      near: view.name === here,
    }));
}

const link = (href: string, told: Pick<Item, "group" | "text" | "beside">): Item => ({
  id: href,
  ...told,
  near: false,
  choice: { kind: "go", href },
});

/** All there is, in the order of an empty question: the open server's verbs, pages, servers, tools, the others' verbs. */
export function itemsOf(known: Known): Item[] {
  const { places, servers, tools, here } = known;
  const at = servers.filter(({ name }) => name === here);
  const others = servers.filter(({ name }) => name !== here);
  const toolBeside = ({ server, title }: (typeof tools)[number]): string => (title ? `${server}, ${title}` : server);
  return [
    ...at.flatMap((view) => verbItems(view, known)),
    ...places.map(({ does, href, keys }) => link(href, { group: "Page", text: does, beside: keys })),
    ...[...at, ...others].map(({ name, status }) =>
      link(serverHref(name), { group: "Server", text: name, beside: status }),
    ),
    ...tools.map((tool) =>
      link(toolHref(tool.server, tool.name), { group: "Tool", text: tool.name, beside: toolBeside(tool) }),
    ),
    ...others.flatMap((view) => verbItems(view, known)),
  ];
}

/** How well a word fits a text: 3 begins it, 2 begins a word of it, 1 occurs, 0.5 its letters occur in order, 0 not at all. */
export function fitOf(word: string, text: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 3;
  if (text.split(/[^a-z0-9]+/).some((part) => part.startsWith(word))) return 2;
  if (at > 0) return 1;
  let from = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, from);
    if (next < 0) return 0;
    from = next + 1;
  }
  return word.length > 1 ? 0.5 : 0;
}

/** The sum over all words of the query, each in its better place; 0 where one does not fit. What stands beside counts less. */
export function scoreOf(query: string, { text, beside, group }: Item): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const [main, side] = [text.toLowerCase(), `${beside} ${group}`.toLowerCase()];
  const scores = words.map((word) => Math.max(fitOf(word, main), side.includes(word) ? 0.8 : 0));
  return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, 0);
}

export const MAX_SHOWN = 50;

/**
 * What fits, best first; of equal ones what is near, then what was chosen lately, then the given order. All fit an empty query.
 * `recent` newest first, by id.
 */
export function ranked(items: readonly Item[], query: string, recent: readonly string[]): Item[] {
  const places = new Map(recent.map((id, index) => [id, recent.length - index]));
  const closeness = ({ id, near }: Item): number => (near ? MAX_RECENT + 1 : (places.get(id) ?? 0));
  const empty = query.trim() === "";
  return items
    .map((item) => ({ item, score: empty ? 1 : scoreOf(query, item) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || closeness(b.item) - closeness(a.item))
    .slice(0, MAX_SHOWN)
    .map(({ item }) => item);
}

export const MAX_RECENT = 8;

/** The choices kept for the next visit: this one first, none twice. */
export const withRecent = (recent: readonly string[], id: string): string[] =>
  [id, ...recent.filter((one) => one !== id)].slice(0, MAX_RECENT);
