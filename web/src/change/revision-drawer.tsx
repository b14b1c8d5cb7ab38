// What did this revision change, and how does one come back to it? Beside the list it came from.
import type { ConfigApplied, ConfigRevision } from "../../../src/contract/change.ts";
import { useMay } from "../session.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Diff } from "../ui/diff.tsx";
import { sentence } from "../ui/format.ts";
import { Review } from "./review.tsx";
import styles from "./revision-drawer.module.css";
import { howOf } from "./revisions.tsx";
import { useChange } from "./use-change.ts";

/** Changes of one revision that the gateway tells. */
const MOST_CHANGES = 200;

interface KnownProps {
  readonly revision: ConfigRevision;
  /** The revision that runs. */
  readonly running: number;
  readonly onApplied: (effect: ConfigApplied) => void;
}

function RollBack({ revision: { n }, onApplied }: Omit<KnownProps, "running">) {
  const { change, review, apply, drop } = useChange(onApplied);
  const ask = (): void => void review({ back: n });
  return (
    <section aria-label="Roll back" className={styles.back}>
      <p className="muted">What was set here is set again as it was then, as a new revision. Files stay as they are.</p>
      {change.kind === "none" && (
        <button type="button" className={styles.ask} onClick={ask}>
          Roll back to this…
        </button>
      )}
      <Review
        change={change}
        verb={`Roll back to revision ${n}`}
        onApply={() => void apply()}
        onDrop={drop}
        wayOn={
          <button type="button" onClick={ask}>
            Ask again
          </button>
        }
      />
    </section>
  );
}

function Known({ revision, running, onApplied }: KnownProps) {
  const { n, at, changes } = revision;
  const may = useMay();
  return (
    <>
      <h2>{`Revision ${n}`}</h2>
      <p className="muted">{`${sentence(howOf(revision))} ${new Date(at).toISOString()}`}</p>
      <Diff changes={changes} />
      {changes.length >= MOST_CHANGES && <p className="muted">{`Only the first ${MOST_CHANGES} changes are kept.`}</p>}
      {n === running && <p>This is the revision that runs.</p>}
      {n !== running && may("POST /api/config/revisions/{n}/apply") && (
        <RollBack revision={revision} onApplied={onApplied} />
      )}
    </>
  );
}

interface DrawerProps extends Omit<KnownProps, "revision"> {
  readonly n: number;
  /** Undefined when it is not among those on the page. */
  readonly revision: ConfigRevision | undefined;
  readonly onClose: () => void;
}

export function RevisionDrawer({ n, revision, running, onApplied, onClose }: DrawerProps) {
  return (
    <Dialog label={`Revision ${n}`} shape="drawer" onClose={onClose}>
      <div className={styles.inside}>
        {revision ? (
          <Known revision={revision} running={running} onApplied={onApplied} />
        ) : (
          <>
            <h2>{`Revision ${n}`}</h2>
            <p className="muted">It is not among the revisions that the gateway still tells of.</p>
          </>
        )}
      </div>
    </Dialog>
  );
}
