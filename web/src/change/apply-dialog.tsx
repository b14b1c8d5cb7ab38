// How is one prepared change done from where it is advised? A dialog asks the gateway what it would do, and does it on a press.
import { useEffect, useEffectEvent } from "react";
import type { ConfigApplied, ConfigPatch } from "../../../src/contract/change.ts";
import { Dialog } from "../ui/dialog.tsx";
import styles from "./change.module.css";
import { Review } from "./review.tsx";
import { useChange } from "./use-change.ts";

interface ApplyProps {
  readonly title: string;
  readonly patch: ConfigPatch;
  readonly onApplied: (effect: ConfigApplied) => void;
  readonly onClose: () => void;
}

export function ApplyDialog({ title, patch, onApplied, onClose }: ApplyProps) {
  const { change, review, apply } = useChange((effect) => {
    onApplied(effect);
    onClose();
  });
  const begin = useEffectEvent(() => void review({ patch }));
  useEffect(() => begin(), []);
  return (
    <Dialog label={title} shape="box" onClose={onClose}>
      <div className={styles.dialog}>
        <h2>{title}</h2>
        <Review
          change={change}
          onApply={() => void apply()}
          onDrop={onClose}
          wayOn={
            <button type="button" onClick={() => void review({ patch })}>
              Ask again
            </button>
          }
        />
      </div>
    </Dialog>
  );
}
