// What can a person do to this server? Its verbs as buttons and keys, and what the gateway answered to the last one.
import { useState } from "react";
import type { ServerVerb } from "../../../src/contract/api.ts";
import type { ServerView } from "../../../src/contract/upstream.ts";
import { api, wordsOf } from "../api.ts";
import { useClock } from "../clock.ts";
import { covered, useKeys } from "../keys.ts";
import { verbAnswer } from "./sentence.ts";
import styles from "./verbs.module.css";

const WORDS: Readonly<Record<ServerVerb, readonly [button: string, doing: string, done: string]>> = {
  probe: ["Probe now", "Probing…", "Probed"],
  reconnect: ["Reconnect", "Reconnecting…", "Reconnected"],
  isolate: ["Isolate", "Isolating…", "Isolated"],
  release: ["Release", "Releasing…", "Released"],
  enable: ["Enable", "Enabling…", "Enabled"],
  disable: ["Disable", "Disabling…", "Disabled"],
  "reset-breaker": ["Reset breaker", "Resetting the breaker…", "Breaker reset"],
};

/** The verbs that make sense now, the most harmless first. */
function verbsOf({ enabled, circuitState }: ServerView): ServerVerb[] {
  if (!enabled) return ["enable"];
  const reset: ServerVerb[] = circuitState === "open" || circuitState === "half_open" ? ["reset-breaker"] : [];
  return ["probe", "reconnect", ...reset, circuitState === "isolated" ? "release" : "isolate", "disable"];
}

const KEYS: readonly (readonly [key: string, verbs: readonly ServerVerb[]])[] = [
  ["p", ["probe"]],
  ["i", ["isolate", "release"]],
];
const keyOf = (verb: ServerVerb): string | undefined => KEYS.find(([, verbs]) => verbs.includes(verb))?.[0];

type Answer =
  | { readonly kind: "none"; readonly text: "" }
  | { readonly kind: "asking" | "answered" | "refused"; readonly text: string };

/** @param now gateway wall time; an answer's text keeps the one at which it was asked for, so that it is read out once. */
function useVerbs(name: string, now: number) {
  const [answer, setAnswer] = useState<Answer>({ kind: "none", text: "" });
  const act = async (verb: ServerVerb): Promise<void> => {
    if (answer.kind === "asking") return;
    const [, doing, done] = WORDS[verb];
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

export function Verbs({ view }: { view: ServerView }) {
  const { answer, act } = useVerbs(view.name, useClock());
  const verbs = verbsOf(view);
  useKeys((word) => {
    if (covered()) return false;
    const verb = KEYS.find(([key]) => key === word)?.[1].find((one) => verbs.includes(one));
    if (verb) void act(verb);
    return verb !== undefined;
  });
  return (
    <div className={styles.verbs}>
      <div className={styles.buttons}>
        {verbs.map((verb) => (
          <button key={verb} type="button" aria-disabled={answer.kind === "asking"} onClick={() => void act(verb)}>
            {WORDS[verb][0]}
            {keyOf(verb) && (
              <span className="key" aria-hidden="true">
                {keyOf(verb)}
              </span>
            )}
          </button>
        ))}
      </div>
      <p role="status" className={answer.kind === "refused" ? styles.refused : "muted"}>
        {answer.text}
      </p>
    </div>
  );
}
