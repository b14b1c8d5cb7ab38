// How does a new key reach whoever is to use it? Shown once, to be copied; closing forgets it.
import { useRef } from "react";
import type { KeyCreated } from "../../../src/contract/access.ts";
import { Copy } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import styles from "./access.module.css";

interface KeyProps {
  readonly created: KeyCreated;
  readonly onClose: () => void;
}

export function KeyDialog({ created: { name, role, key }, onClose }: KeyProps) {
  const shown = useRef<HTMLElement>(null);
  return (
    <Dialog label={`The key ${name}`} shape="box" onClose={onClose}>
      <div className={styles.once}>
        <h2>{`The key ${name}, ${role}`}</h2>
        <p>Copy it now: nobody can show it again.</p>
        <code ref={shown} className={styles.key}>
          {key}
        </code>
        <p className={styles.buttons}>
          <Copy text={key} label={`Copy the key ${name}`} shown={shown} />
          <button type="button" onClick={onClose}>
            Done
          </button>
        </p>
        <p className="muted">
          Programs send it as <code>Authorization: Bearer</code>; people paste it where the dashboard asks for a token.
        </p>
      </div>
    </Dialog>
  );
}
