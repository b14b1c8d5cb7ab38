// What answered behind the definition? Who it says it is, what it offers, and what is odd about it; nothing is saved by it.
import type { Discovery } from "../../../src/contract/discovery.ts";
import { Warnings } from "../ui/diff.tsx";
import { duration, many, words } from "../ui/format.ts";
import { hintsOf } from "../ui/hints.ts";
import styles from "./add.module.css";

function Tool({ tool }: { tool: Discovery["tools"][number] }) {
  const hints = hintsOf(tool.annotations);
  return (
    <li>
      <p>
        <code>{tool.name}</code>
        {hints && <span className="muted">{hints}</span>}
      </p>
      {(tool.title ?? tool.description) && <p className={styles.about}>{tool.title ?? tool.description}</p>}
    </li>
  );
}

function factsOf({ type, era, protocolVersion, elapsedMs }: Discovery): string {
  return [type, `protocol ${protocolVersion}`, `${era} era`, `answered in ${words(duration(elapsedMs))}`].join(" · ");
}

export function Discovered({ discovery }: { discovery: Discovery }) {
  const { serverInfo, tools, prompts, resources, warnings } = discovery;
  const offers = [many(tools.length, "tool"), many(prompts, "prompt"), many(resources, "resource")].join(", ");
  return (
    <section aria-label="What was found" className={styles.found}>
      <h2>{serverInfo ? `${serverInfo.name} ${serverInfo.version}` : "A server without a name"}</h2>
      <p className="muted">{factsOf(discovery)}</p>
      <p>{`It offers ${offers}. Nothing is saved yet.`}</p>
      <Warnings warnings={warnings} />
      {tools.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        <ul tabIndex={0} className={styles.tools} aria-label="Tools">
          {tools.map((tool) => (
            <Tool key={tool.name} tool={tool} />
          ))}
        </ul>
      )}
    </section>
  );
}
