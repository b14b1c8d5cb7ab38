// What does the gateway advise to keep? Its own sentences, and the exact line to configure; no number that it did not say.
import { useRef } from "react";
import type { Advice } from "../../../src/contract/cache.ts";
import styles from "./advice.module.css";
import { Copy } from "./copy.tsx";
import { many } from "./format.ts";

const VERDICTS: Readonly<Record<Advice["verdict"], string>> = {
  cache: "Worth keeping",
  ask: "Yours to decide",
  keep_off: "Better not kept",
  wait: "Too early to say",
};

/** The gateway marks names with backticks; everything stays text. */
function Marked({ sentence }: { sentence: string }) {
  return sentence.split("`").map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}

function ConfigLine({ advice, config }: { advice: Advice; config: string }) {
  const line = useRef<HTMLElement>(null);
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
    </div>
  );
}

function Item({ advice }: { advice: Advice }) {
  return (
    <li className={styles.item} data-verdict={advice.verdict}>
      <h3>
        {`${advice.server} / ${advice.tool}`}
        <span className="muted">{VERDICTS[advice.verdict]}</span>
      </h3>
      <p>
        <Marked sentence={advice.sentence} />
      </p>
      {advice.config !== null && <ConfigLine advice={advice} config={advice.config} />}
    </li>
  );
}

const List = ({ items }: { items: readonly Advice[] }) => (
  <ul className={styles.list}>
    {items.map((advice) => (
      <Item key={`${advice.server}/${advice.tool}`} advice={advice} />
    ))}
  </ul>
);

export function Advisor({ advice }: { advice: readonly Advice[] }) {
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
      {advised.length > 0 && <List items={advised} />}
      {others.length > 0 && (
        <details>
          <summary>{`${many(others.length, "tool")} with nothing to configure`}</summary>
          <List items={others} />
        </details>
      )}
    </section>
  );
}
