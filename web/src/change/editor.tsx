// How is the configuration changed here? The part that was set here as JSON: checked while it is typed, reviewed, then applied.
import { type KeyboardEvent, useId, useRef, useState } from "react";
import type { ConfigAnswer, ConfigApplied } from "../../../src/contract/change.ts";
import { KeepFocus } from "../ui/keep-focus.tsx";
import { Notice } from "../ui/notice.tsx";
import { begun, type Edited, movedOnto, offsetOf, patchIn } from "./edited.ts";
import styles from "./editor.module.css";
import { Review } from "./review.tsx";
import { isConflict, useChange } from "./use-change.ts";

interface EditorProps {
  readonly config: ConfigAnswer;
  readonly onApplied: (effect: ConfigApplied) => void;
  /** The gateway says that the revision is an older one. */
  readonly onConflict: () => void;
}

interface OutdatedProps {
  readonly config: ConfigAnswer;
  readonly readable: boolean;
  readonly onMove: () => void;
  readonly onDiscard: () => void;
}

function Outdated({ config, readable, onMove, onDiscard }: OutdatedProps) {
  const text = readable
    ? "Your edits are kept. Bring them onto what runs now, then review them again."
    : "Your edits are kept. Mend what cannot be read, then bring them onto what runs now.";
  return (
    <Notice title={`Revision ${config.revision} was applied meanwhile`} text={text}>
      <p className={styles.buttons}>
        <button type="button" className="primary" disabled={!readable} onClick={onMove}>
          {`Bring my edits onto revision ${config.revision}`}
        </button>
        <button type="button" onClick={onDiscard}>
          Discard my edits
        </button>
      </p>
    </Notice>
  );
}

const isReviewKey = (event: KeyboardEvent): boolean => event.key === "Enter" && (event.ctrlKey || event.metaKey);

interface TextProps {
  readonly edited: Edited;
  readonly problem: string;
  readonly onText: (text: string) => void;
  readonly onReview: (area: HTMLTextAreaElement | null) => void;
  readonly canReview: boolean;
}

function Text({ edited, problem, onText, onReview, canReview }: TextProps) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  return (
    <div className={styles.text}>
      <label htmlFor={id}>Set here, over the files</label>
      <textarea
        ref={area}
        id={id}
        className="mono"
        rows={8}
        spellCheck={false}
        value={edited.text}
        aria-invalid={problem !== ""}
        aria-describedby={`${id}-words ${id}-problem`}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (!isReviewKey(event)) return;
          event.preventDefault();
          if (canReview) onReview(area.current);
        }}
      />
      <p id={`${id}-problem`} className={styles.problem}>
        {problem}
      </p>
      <p id={`${id}-words`} className="muted">
        A value that is left out counts again as the file or the default says. Secrets read <code>[redacted]</code> and
        stay as they are where that is left standing. Comments are not kept.
      </p>
      {canReview && (
        <p className={styles.buttons}>
          <button type="button" onClick={() => onReview(area.current)}>
            Review
          </button>
          <span className="key" aria-hidden="true">
            Ctrl Enter
          </span>
        </p>
      )}
    </div>
  );
}

export function Editor({ config, onApplied, onConflict }: EditorProps) {
  const [draft, setDraft] = useState<Edited | null>(null);
  const { change, review, apply, drop } = useChange(onApplied);
  // The text stands until what was applied has been read back, so that nothing flickers between.
  const isReadBack = change.kind === "applied" && config.revision >= change.effect.revision;
  const edited = draft && !isReadBack ? draft : begun(config);
  const read = patchIn(edited);
  const outdated = edited.revision !== config.revision;
  const edit = (next: Edited | null): void => {
    setDraft(next);
    drop();
  };
  const onReview = (area: HTMLTextAreaElement | null): void => {
    if (read.problem === undefined) return void review({ patch: read.patch }, edited.revision);
    const at = offsetOf(edited.text, read);
    area?.focus();
    area?.setSelectionRange(at, at + 1);
  };
  return (
    <section aria-label="Change it" className={styles.editor}>
      <h2>Change it</h2>
      <Text
        edited={edited}
        problem={read.problem === undefined ? "" : `Line ${read.line}, column ${read.column}: ${read.problem}`}
        canReview={!outdated}
        onText={(text) => edit({ ...edited, text })}
        onReview={onReview}
      />
      <KeepFocus at={String(outdated)}>
        {outdated ? (
          <Outdated
            config={config}
            readable={read.problem === undefined}
            onMove={() => edit(movedOnto(edited, config))}
            onDiscard={() => edit(null)}
          />
        ) : (
          <Review
            change={change}
            onApply={() => void apply()}
            onDrop={drop}
            wayOn={
              isConflict(change) && (
                <button type="button" onClick={onConflict}>
                  Read what runs now
                </button>
              )
            }
          />
        )}
      </KeepFocus>
    </section>
  );
}
