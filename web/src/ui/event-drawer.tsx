// What exactly was this event? All that its frame told, beside the list it came from.
import type { EventLine } from "../live/lines.ts";
import { momentHref, serverHref } from "../route.ts";
import { Dialog } from "./dialog.tsx";
import styles from "./event-drawer.module.css";
import { What, whomOf } from "./event-list.tsx";
import { sentence } from "./format.ts";

function Known({ line }: { line: EventLine }) {
  return (
    <>
      <h2>
        <What what={line.what} />
      </h2>
      <p className={styles.text}>{sentence(line.text, line.server ?? "")}</p>
      <dl className={styles.lines}>
        <div>
          <dt>Server</dt>
          <dd>{line.server === null ? whomOf(line) : <a href={serverHref(line.server)}>{line.server}</a>}</dd>
        </div>
        <div>
          <dt>Time</dt>
          <dd className="mono">
            <a href={momentHref(line.at)} title="Show this moment">
              {new Date(line.at).toISOString()}
            </a>
          </dd>
        </div>
        {line.severity && (
          <div>
            <dt>Severity</dt>
            <dd>{line.severity}</dd>
          </div>
        )}
        <div>
          <dt>Number</dt>
          <dd className="mono">{line.seq}</dd>
        </div>
      </dl>
    </>
  );
}

interface DrawerProps {
  /** Undefined when it is not among those on the page. */
  readonly line: EventLine | undefined;
  readonly seq: number;
  readonly onClose: () => void;
}

export function EventDrawer({ line, seq, onClose }: DrawerProps) {
  return (
    <Dialog label={`Event ${seq}`} shape="drawer" onClose={onClose}>
      {line ? (
        <Known line={line} />
      ) : (
        <>
          <h2>{`Event ${seq}`}</h2>
          <p className="muted">
            It is not among the events that this page has read so far. Older ones are at the end of the list.
          </p>
        </>
      )}
    </Dialog>
  );
}
