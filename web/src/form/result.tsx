// What came back? Everything from a server is shown as text, or as a picture from its own bytes; nothing is ever interpreted as HTML.
import { useEffect, useState } from "react";
import type { ToolCallAnswer } from "../../../src/contract/call.ts";
import type { ApiFault } from "../api.ts";
import { duration, words } from "../ui/format.ts";
import { Block, LongText } from "./block.tsx";
import styles from "./result.module.css";
import type { CallState } from "./use-call.ts";

const CACHE_WORDS = {
  hit: "from cache",
  stale: "from cache, stale",
  miss: "not in cache",
  bypass: "cache not used",
  shadow: "cache only watches",
} as const;

const time = (ms: number): string => words(duration(ms));

function factsOf({ call }: ToolCallAnswer): string {
  const facts = [time(call.durationMs)];
  if (call.upstreamMs !== null) facts.push(`${time(call.upstreamMs)} in the server`);
  facts.push(
    call.ageMs === null ? CACHE_WORDS[call.disposition] : `${CACHE_WORDS[call.disposition]}, ${time(call.ageMs)} old`,
  );
  if (call.attempts > 1) facts.push(`${call.attempts} attempts`);
  return facts.join(" · ");
}

function Answer({ answer }: { answer: ToolCallAnswer }) {
  const { content, structuredContent, isError } = answer.result;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  return (
    <>
      <p className={isError === true ? styles.bad : styles.good}>
        {isError === true ? "The tool answered with an error" : "The tool answered"}
      </p>
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

function Content({ call }: { call: CallState }) {
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
      return <Answer answer={call.answer} />;
  }
}

export function CallResult({ call }: { call: CallState }) {
  return (
    <section className={styles.result} aria-label="Result" aria-live="polite" data-outcome={call.kind}>
      <Content call={call} />
    </section>
  );
}
