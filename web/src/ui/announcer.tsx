// What does a screen reader hear? One polite sentence at most every five seconds about changed statuses.
import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { ServerView, Status } from "../../../src/contract/upstream.ts";
import { announcement } from "./sentence.ts";

const QUIET_MS = 5000;
/** Changes that come together are told together, milliseconds. */
const GATHER_MS = 300;

const statusesOf = (servers: ReadonlyMap<string, ServerView>): ReadonlyMap<string, Status> =>
  new Map([...servers].map(([name, view]) => [name, view.status]));

export function Announcer({ servers }: { servers: ReadonlyMap<string, ServerView> }) {
  const [text, setText] = useState("");
  const told = useRef<{ statuses: ReadonlyMap<string, Status>; at: number }>({ statuses: new Map(), at: 0 });
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const tell = useEffectEvent(() => {
    timer.current = undefined;
    const statuses = statusesOf(servers);
    const words = announcement(told.current.statuses, statuses);
    told.current = { statuses, at: words ? Date.now() : told.current.at };
    if (words) setText(words);
  });
  useEffect(() => {
    if (servers.size === 0) return;
    const wait = Math.max(GATHER_MS, told.current.at + QUIET_MS - Date.now());
    timer.current ??= setTimeout(() => tell(), wait);
  }, [servers]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <p className="hidden" role="status" aria-live="polite">
      {text}
    </p>
  );
}
