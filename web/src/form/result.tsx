// What came back? Everything from a server is shown as text, or as a picture from its own bytes; nothing is ever interpreted as HTML.
import { useEffect, useState } from "react";
import type { Disposition, ToolCallAnswer } from "../../../src/contract/call.ts";
import type { ApiFault } from "../api.ts";
import { duration, words } from "../ui/format.ts";
import { Block, LongText } from "./block.tsx";
import styles from "./result.module.css";
import type { CallState } from "./use-call.ts";

/** How the answer came about: from what was kept or from a call of others, or from the server just now. */
const MARKS: Readonly<Record<Disposition, { cached: boolean; word: string }>> = {
  hit: { cached: true, word: "From the cache" },
  stale: { cached: true, word: "From the cache, past its time" },
  coalesced: { cached: true, word: "Joined an equal call" },
  miss: { cached: false, word: "Fresh" },
  bypass: { cached: false, word: "Fresh, cache not used" },
  shadow: { cached: false, word: "Fresh, cache only watches" },
};

const time = (ms: number): string => words(duration(ms));

function factsOf({ call }: ToolCallAnswer): string {
  const facts = [time(call.durationMs)];
  if (call.upstreamMs !== null) facts.push(`${time(call.upstreamMs)} in the server`);
  if (call.attempts > 1) facts.push(`${call.attempts} attempts`);
  return facts.join(" · ");
}

function CacheMark({ answer, onRunPast }: AnswerProps) {
  const { disposition, ageMs } = answer.call;
  const { cached, word } = MARKS[disposition] ?? { cached: false, word: disposition };
  return (
    <div className={styles.origin}>
      <span className={styles.mark} data-cached={cached}>
        {ageMs === null ? word : `${word}, ${time(ageMs)} old`}
      </span>
      {cached && (
        <button type="button" onClick={onRunPast}>
          Run again past the cache
        </button>
      )}
    </div>
  );
}

interface AnswerProps {
  readonly answer: ToolCallAnswer;
  readonly onRunPast: () => void;
}

function Answer({ answer, onRunPast }: AnswerProps) {
  const { content, structuredContent, isError } = answer.result;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  return (
    <>
      <p className={isError === true ? styles.bad : styles.good}>
        {isError === true ? "The tool answered with an error" : "The tool answered"}
      </p>
      <CacheMark answer={answer} onRunPast={onRunPast} />
      <p className="muted" data-facts>
        {factsOf(answer)} · <span className="mono">{answer.call.id}</span>
      </p>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a result never changes once shown
        <Block key={index} block={block} />
      ))}
      {structuredContent !== undefined && (
        <figure>
          <figcaption className="muted">Structured content</figcaption>
          <LongText text={JSON.stringify(structuredContent, null, 2)} />
        </figure>
      )}
      {blocks.length === 0 && structuredContent === undefined && <p className="muted">The result is empty.</p>}
    </>
  );
}

function whatToDo({ retryAfterMs, status }: ApiFault): string {
  if (retryAfterMs !== undefined) return `Run it again in ${time(retryAfterMs)}.`;
  if (status === 0) return "Run it again when the gateway answers.";
  return status >= 500
    ? "Run it again, or look at the server's page for the cause."
    : "Change the call and run it again.";
}

function Refusal({ fault }: { fault: ApiFault }) {
  return (
    <>
      <p className={styles.bad}>The gateway could not make this call</p>
      <p>{fault.message}</p>
      <p>{whatToDo(fault)}</p>
      <p className="muted">
        <span className="mono">{fault.code}</span>
        {fault.requestId && (
          <>
            {" · request "}
            <span className="mono">{fault.requestId}</span>
          </>
        )}
      </p>
    </>
  );
}

function Running() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((last) => last + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="muted">
      Running…<span aria-hidden="true">{seconds > 0 && ` ${seconds} s`}</span>
    </p>
  );
}

interface ResultProps {
  readonly call: CallState;
  readonly onRunPast: () => void;
}

function Content({ call, onRunPast }: ResultProps) {
  switch (call.kind) {
    case "idle":
      return null;
    case "running":
      return <Running />;
    case "given_up":
      return <p className="muted">Given up here. The server may still have done the work.</p>;
    case "refused":
      return <Refusal fault={call.fault} />;
    case "answered":
      return <Answer answer={call.answer} onRunPast={onRunPast} />;
  }
}

export function CallResult({ call, onRunPast }: ResultProps) {
  return (
    <section className={styles.result} aria-label="Result" aria-live="polite" data-outcome={call.kind}>
      <Content call={call} onRunPast={onRunPast} />
    </section>
  );
}
