// Which moment is to be seen? A date and a time of this place, to the second.
import { type FormEvent, useState } from "react";
import { useClock } from "../clock.ts";
import { go, momentHref, replace } from "../route.ts";
import { localTime } from "./format.ts";
import styles from "./moment-form.module.css";

/** What happened within the second is part of it, milliseconds. */
const REST_OF_SECOND = 999;

/** @param at the moment that is shown, in milliseconds since 1970; null when it is now. */
export function MomentForm({ at }: { at: number | null }) {
  const now = useClock();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? (at === null ? "" : localTime(at));
  const wanted = Date.parse(shown) + REST_OF_SECOND;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (Number.isNaN(wanted)) return;
    setTyped(null);
    (at === null ? go : replace)(momentHref(Math.min(wanted, Math.floor(now))));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <input
        type="datetime-local"
        step="1"
        aria-label="Moment"
        value={shown}
        onChange={(event) => setTyped(event.target.value)}
      />
      <button type="submit" disabled={Number.isNaN(wanted)}>
        Go to
      </button>
    </form>
  );
}
