// What happened to this call, and where did its time go? Its record in words, beside the list it came from.
import { type ReactNode, useRef } from "react";
import type { CallRecord } from "../../../src/contract/call.ts";
import { useAnswer } from "../live/use-answer.ts";
import { serverHref, toolHref } from "../route.ts";
import styles from "./call-drawer.module.css";
import { attemptsSentence, breakerSentence, cacheSentence, ERAS, OUTCOMES, outcomeSentence } from "./call-words.ts";
import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import lines from "./event-drawer.module.css";
import { StatusMark } from "./status.tsx";
import { Waterfall } from "./waterfall.tsx";

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Facts({ record }: { record: CallRecord }) {
  const { kind, server, name, principal, era, at } = record;
  return (
    <dl className={lines.lines}>
      <Line label="Server">{server === null ? "None was found." : <a href={serverHref(server)}>{server}</a>}</Line>
      <Line label={kind === "tool" ? "Tool" : "Asked for"}>
        {kind === "tool" && server !== null ? <a href={toolHref(server, name)}>{name}</a> : `${kind} ${name}`}
      </Line>
      <Line label="Asked by">{`${principal}, ${ERAS[era]}`}</Line>
      <Line label="Time">
        <span className="mono">{new Date(at).toISOString()}</span>
      </Line>
      <Line label="Cache">{cacheSentence(record)}</Line>
      <Line label="Breaker">{breakerSentence(record)}</Line>
      <Line label="Attempts">{attemptsSentence(record)}</Line>
    </dl>
  );
}

function Id({ id }: { id: string }) {
  const shown = useRef<HTMLElement>(null);
  return (
    <p className={styles.id}>
      <code ref={shown}>{id}</code>
      <Copy text={id} label="Copy the id of the call" shown={shown} />
    </p>
  );
}

function Explained({ record }: { record: CallRecord }) {
  const { status, word } = OUTCOMES[record.outcome];
  return (
    <>
      <h2>
        <StatusMark status={status} word={word} still />
      </h2>
      <Id id={record.id} />
      <p className={lines.text}>
        {record.faultCode && <code>{record.faultCode}</code>} {outcomeSentence(record)}
      </p>
      <Facts record={record} />
      <section className={styles.time}>
        <h3>Where its time went</h3>
        <Waterfall record={record} />
        {record.attempts > 1 && <p className="muted">All attempts together, and all waits between them.</p>}
      </section>
    </>
  );
}

/** A call that is not in the list is asked for. */
function Sought({ id }: { id: string }) {
  const { value, problem } = useAnswer("GET /api/calls/{id}", { params: { id } });
  if (value) return <Explained record={value} />;
  return (
    <>
      <h2>Call</h2>
      <Id id={id} />
      <p className={problem ? "" : "muted late"}>{problem ?? "Asking the gateway…"}</p>
    </>
  );
}

interface DrawerProps {
  readonly id: string;
  /** Undefined when it is not among those in the list. */
  readonly record: CallRecord | undefined;
  readonly onClose: () => void;
}

export function CallDrawer({ id, record, onClose }: DrawerProps) {
  return (
    <Dialog label={`Call ${id}`} shape="drawer" onClose={onClose}>
      {record ? <Explained record={record} /> : <Sought id={id} />}
    </Dialog>
  );
}
