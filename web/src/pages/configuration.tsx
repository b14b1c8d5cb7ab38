// What is configured, by whom, since when, and how is it changed or taken back? The files stay as they are; changes lie over them.
import { useState } from "react";
import type { ConfigAnswer, ConfigApplied, ConfigRevision } from "../../../src/contract/change.ts";
import { Document } from "../change/document.tsx";
import { Editor } from "../change/editor.tsx";
import { RevisionDrawer } from "../change/revision-drawer.tsx";
import { howOf, Revisions } from "../change/revisions.tsx";
import { useClock } from "../clock.ts";
import type { LiveState } from "../live/state.ts";
import { useAnswer } from "../live/use-answer.ts";
import { CONFIGURATION, go, goUp } from "../route.ts";
import { useMay } from "../session.ts";
import { extent, Warnings } from "../ui/diff.tsx";
import { clock } from "../ui/format.ts";
import { Notice } from "../ui/notice.tsx";
import { Said, useSaid } from "../ui/said.tsx";
import { SectionNav } from "../ui/section-nav.tsx";
import styles from "./configuration.module.css";
import { CONFIGURATION_LINKS } from "./configuration-links.ts";

/** Revisions asked for; older ones are told by the command line. */
const LIMIT = "100";

function leadOf(config: ConfigAnswer, revisions: readonly ConfigRevision[], now: number): string {
  const running = revisions.find(({ n }) => n === config.revision);
  if (!running) return `Revision ${config.revision} runs.`;
  return `Revision ${config.revision} runs since ${clock(running.at, now)}: ${howOf(running)}.`;
}

function History({ revisions, problem }: { revisions: readonly ConfigRevision[] | undefined; problem: string | null }) {
  if (problem) return <p className="muted">{`The revisions could not be read. ${problem}`}</p>;
  if (!revisions) return <p className="muted late">Asking for the revisions…</p>;
  if (revisions.length === 0)
    return <p className="muted">No revision is stored yet. The first is written when the database is ready.</p>;
  return <Revisions revisions={revisions} />;
}

export function Configuration(props: { state: LiveState; chosen: number | null }) {
  const may = useMay();
  if (may("GET /api/config")) return <Shown {...props} />;
  return <Notice title="Only for operators" text="The configuration is shown to the roles operator and admin." />;
}

/** @param state what grows with each applied configuration makes the page ask again. */
function Shown({ state, chosen }: { state: LiveState; chosen: number | null }) {
  const [mine, setMine] = useState(0);
  const [said, say] = useSaid();
  const now = useClock();
  const may = useMay();
  const again = { revision: state.configRevision + mine };
  const { value: config, problem } = useAnswer("GET /api/config", {}, again);
  const history = useAnswer("GET /api/config/revisions", { query: { limit: LIMIT } }, again);
  const revisions = history.value?.items;
  const close = (): void => void (goUp({ page: "configuration", revision: chosen }) || go(CONFIGURATION));
  const ask = (): void => setMine((last) => last + 1);
  const onApplied = ({ revision, changes }: ConfigApplied): void => {
    say(`Revision ${revision} runs: ${extent(changes).toLowerCase()} changed.`);
    ask();
  };
  if (!config && problem) return <Notice title="The configuration could not be read" text={problem} />;
  if (!config) return <p className="muted late">Asking the gateway…</p>;
  return (
    <div className={styles.page}>
      {may("GET /api/keys") && <SectionNav label="Configuration" links={CONFIGURATION_LINKS} here={CONFIGURATION} />}
      <header>
        <p className={styles.lead}>{leadOf(config, revisions ?? [], now)}</p>
        <Warnings warnings={config.warnings} />
        {problem && <p className="muted">{`This is what was last known. ${problem}`}</p>}
      </header>
      <Document config={config} />
      {may("PATCH /api/config") ? (
        <Editor config={config} onApplied={onApplied} onConflict={ask} />
      ) : (
        <p className="muted">Only the role admin may change it.</p>
      )}
      <History revisions={revisions} problem={history.problem} />
      <Said text={said} />
      {chosen !== null && (revisions || history.problem) && (
        <RevisionDrawer
          n={chosen}
          revision={revisions?.find(({ n }) => n === chosen)}
          running={config.revision}
          onClose={close}
          onApplied={(effect) => {
            close();
            onApplied(effect);
          }}
        />
      )}
    </div>
  );
}
