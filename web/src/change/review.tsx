// What would this change do, and shall it? The gateway's own answer before anything is done, then the button that does it.
import type { ReactNode } from "react";
import { Diff, extent, Warnings } from "../ui/diff.tsx";
import { KeepFocus } from "../ui/keep-focus.tsx";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./change.module.css";
import type { Change } from "./use-change.ts";

interface ReviewProps {
  readonly change: Change;
  /** On the button that does it; by itself it says how many values change. */
  readonly verb?: string;
  readonly onApply: () => void;
  readonly onDrop: () => void;
  /** What to do where the gateway refused; without it, nothing is offered. */
  readonly wayOn?: ReactNode;
}

function Reviewed({ change, verb, onApply, onDrop }: ReviewProps & { change: Extract<Change, { effect: unknown }> }) {
  const { changes, warnings } = change.effect;
  const busy = change.kind === "applying";
  return (
    <>
      <Diff changes={changes} />
      <Warnings warnings={warnings} />
      <p className={styles.buttons}>
        {changes.length > 0 && (
          <button type="button" className="primary" aria-disabled={busy} onClick={() => !busy && onApply()}>
            {busy ? "Applying…" : (verb ?? `Apply ${extent(changes)}`)}
          </button>
        )}
        <button type="button" onClick={onDrop}>
          Cancel
        </button>
      </p>
    </>
  );
}

export const Review = (props: ReviewProps) => (
  <KeepFocus at={props.change.kind}>
    <Stage {...props} />
  </KeepFocus>
);

function Stage(props: ReviewProps) {
  const { change, wayOn } = props;
  switch (change.kind) {
    case "none":
    case "applied":
      return null;
    case "checking":
      return <p className="muted">Asking what it would do…</p>;
    case "reviewed":
    case "applying":
      return <Reviewed {...props} change={change} />;
    case "refused":
      return (
        <>
          <Refusal fault={change.fault} />
          {wayOn}
        </>
      );
  }
}
