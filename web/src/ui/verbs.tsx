// What can a person do to this server? Its verbs as buttons and keys, and what the gateway answered to the last one.
import { useState } from "react";
import type { ServerVerb } from "../../../src/contract/api.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { api, wordsOf } from "../api.ts";
import { useClock } from "../clock.ts";
import { covered, useKeys } from "../keys.ts";
import { go, SERVERS } from "../route.ts";
import { useMay } from "../session.ts";
import { Confirm } from "./confirm.tsx";
import { verbAnswer } from "./sentence.ts";
import { VERB_WORDS, verbsOf } from "./verb-words.ts";
import styles from "./verbs.module.css";

const KEYS: readonly (readonly [key: string, verbs: readonly ServerVerb[]])[] = [
  ["p", ["probe"]],
  ["i", ["isolate", "release"]],
];
const keyOf = (verb: ServerVerb): string | undefined => KEYS.find(([, verbs]) => verbs.includes(verb))?.[0];

type Answer =
  | { readonly kind: "none"; readonly text: "" }
  | { readonly kind: "asking" | "answered" | "refused"; readonly text: string };

/** @param now gateway wall time; an answer's text keeps the one at which it was asked for, so that it is read out once. */
export function useVerbs(now: number) {
  const [answer, setAnswer] = useState<Answer>({ kind: "none", text: "" });
  const act = async (name: string, verb: ServerVerb): Promise<void> => {
    if (answer.kind === "asking") return;
    const [, doing, done] = VERB_WORDS[verb];
    setAnswer({ kind: "asking", text: doing });
    try {
      const view = await api(`POST /api/servers/{name}/${verb}`, { params: { name } });
      setAnswer({ kind: "answered", text: `${done}: ${verbAnswer(view, now)}` });
    } catch (error) {
      setAnswer({ kind: "refused", text: wordsOf(error) });
    }
  };
  return { answer, act };
}

/** Only of a server that was added here: one that a file defines is removed there. */
function Remove({ name }: { name: string }) {
  const [refused, setRefused] = useState("");
  const remove = async (): Promise<void> => {
    setRefused("");
    try {
      await api("DELETE /api/servers/{name}", { params: { name } });
      go(SERVERS);
    } catch (error) {
      setRefused(wordsOf(error));
    }
  };
  return (
    <>
      <Confirm word="Remove" full={`Remove ${name}`} onConfirm={() => void remove()} />
      {refused && (
        <p role="alert" className={styles.refused}>
          {refused}
        </p>
      )}
    </>
  );
}

export function Verbs({ view }: { view: ServerView }) {
  const { answer, act } = useVerbs(useClock());
  const may = useMay();
  const verbs = verbsOf(view).filter((verb) => may(`POST /api/servers/{name}/${verb}`));
  useKeys((word) => {
    if (covered()) return false;
    const verb = KEYS.find(([key]) => key === word)?.[1].find((one) => verbs.includes(one));
    if (verb) void act(view.name, verb);
    return verb !== undefined;
  });
  if (verbs.length === 0)
    return <p className="muted">A viewer only looks: probing and pausing it takes an operator.</p>;
  return (
    <div className={styles.verbs}>
      <div className={styles.buttons}>
        {verbs.map((verb) => (
          <button
            key={verb}
            type="button"
            aria-disabled={answer.kind === "asking"}
            onClick={() => void act(view.name, verb)}
          >
            {VERB_WORDS[verb][0]}
            {keyOf(verb) && (
              <span className="key" aria-hidden="true">
                {keyOf(verb)}
              </span>
            )}
          </button>
        ))}
        {view.origin === "api" && may("DELETE /api/servers/{name}") && <Remove name={view.name} />}
      </div>
      <p role="status" className={answer.kind === "refused" ? styles.refused : "muted"}>
        {answer.text}
      </p>
    </div>
  );
}
