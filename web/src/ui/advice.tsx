// What does the gateway advise to keep? Its own sentences, and the exact line to configure; no number that it did not say.
import { useRef, useState } from "react";
import type { Advice } from "../../../src/contract/cache.ts";
import type { ConfigApplied, ConfigPatch } from "../../../src/contract/change.ts";
import { ApplyDialog } from "../change/apply-dialog.tsx";
import { useMay } from "../session.ts";
import styles from "./advice.module.css";
import { Copy } from "./copy.tsx";
import { many } from "./format.ts";
import { Marked } from "./marked.tsx";

const VERDICTS: Readonly<Record<Advice["verdict"], string>> = {
  cache: "Worth keeping",
  ask: "Yours to decide",
  keep_off: "Better not kept",
  wait: "Too early to say",
};

/** Told when an advice has been applied: whose answers it is about, and what it came to. */
export type OnAdviceApplied = (what: string, effect: ConfigApplied) => void;

interface ApplyProps {
  readonly advice: Advice;
  readonly patch: ConfigPatch;
  readonly onApplied: OnAdviceApplied;
}

function Apply({ advice: { server, tool }, patch, onApplied }: ApplyProps) {
  const [open, setOpen] = useState(false);
  const what = `${server} / ${tool}`;
  return (
    <>
      <button type="button" aria-label={`Apply the advice for ${tool}`} onClick={() => setOpen(true)}>
        Apply
      </button>
      {open && (
        <ApplyDialog
          title={`Keep answers of ${what}`}
          patch={patch}
          onApplied={(effect) => onApplied(what, effect)}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface LineProps {
  readonly advice: Advice;
  readonly config: string;
  readonly onApplied: OnAdviceApplied;
}

function ConfigLine({ advice, config, onApplied }: LineProps) {
  const line = useRef<HTMLElement>(null);
  const may = useMay();
  return (
    <div className={styles.line}>
      <p className="muted">
        {"Into "}
        <code>{`mcpServers.${advice.server}.cache.tools`}</code>
      </p>
      <code ref={line} className={styles.config}>
        {config}
      </code>
      <Copy text={config} label={`Copy the line for ${advice.tool}`} shown={line} />
      {advice.patch && may("PATCH /api/config") && <Apply advice={advice} patch={advice.patch} onApplied={onApplied} />}
    </div>
  );
}

/** One advice: the gateway's sentence, and the line to configure where it advises one. */
export function AdviceWords({ advice, onApplied }: { advice: Advice; onApplied: OnAdviceApplied }) {
  return (
    <>
      <p>
        <Marked sentence={advice.sentence} />
      </p>
      {advice.config !== null && <ConfigLine advice={advice} config={advice.config} onApplied={onApplied} />}
    </>
  );
}

interface ListProps {
  readonly items: readonly Advice[];
  readonly onApplied: OnAdviceApplied;
}

const List = ({ items, onApplied }: ListProps) => (
  <ul className={styles.list}>
    {items.map((advice) => (
      <li key={`${advice.server}/${advice.tool}`} className={styles.item} data-verdict={advice.verdict}>
        <h3>
          {`${advice.server} / ${advice.tool}`}
          <span className="muted">{VERDICTS[advice.verdict]}</span>
        </h3>
        <AdviceWords advice={advice} onApplied={onApplied} />
      </li>
    ))}
  </ul>
);

export function Advisor({ advice, onApplied }: { advice: readonly Advice[]; onApplied: OnAdviceApplied }) {
  const advised = advice.filter(({ config }) => config !== null);
  const others = advice.filter(({ config }) => config === null);
  return (
    <section aria-label="Advice" className={styles.advice}>
      <h2>Advice</h2>
      {advice.length === 0 && (
        <p className="muted">
          None yet. Calls of tools that are only watched are compared here, until it is known whether keeping them is
          safe and worth it.
        </p>
      )}
      {advised.length > 0 && <List items={advised} onApplied={onApplied} />}
      {others.length > 0 && (
        <details>
          <summary>{`${many(others.length, "tool")} with nothing to configure`}</summary>
          <List items={others} onApplied={onApplied} />
        </details>
      )}
    </section>
  );
}
