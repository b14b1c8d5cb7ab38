// Which keys are there? The same list that the listener uses.
import { KEYS } from "../keys.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./keys-dialog.module.css";

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keys" shape="box" onClose={onClose}>
      <h2>Keys</h2>
      <dl className={styles.keys}>
        {KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">Keys rest while you type in a field.</p>
    </Dialog>
  );
}
