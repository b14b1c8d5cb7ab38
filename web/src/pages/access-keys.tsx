// Who may ask this gateway besides its admin, and who did what? Keys are made and revoked here; the audit log is only read.
import { useState } from "react";
import type { KeyCreated, KeyView } from "../../../src/contract/access.ts";
import { AuditTable } from "../access/audit-table.tsx";
import { KeyDialog } from "../access/key-dialog.tsx";
import { KeyForm } from "../access/key-form.tsx";
import { KeyTable } from "../access/key-table.tsx";
import { api, wordsOf } from "../api.ts";
import { useAnswer } from "../live/use-answer.ts";
import { ACCESS_KEYS } from "../route.ts";
import { useMay } from "../session.ts";
import { KeepFocus } from "../ui/keep-focus.tsx";
import { Notice } from "../ui/notice.tsx";
import { Said, useSaid } from "../ui/said.tsx";
import { SectionNav } from "../ui/section-nav.tsx";
import styles from "./configuration.module.css";
import { CONFIGURATION_LINKS } from "./configuration-links.ts";

/** Rows of the audit log that are shown. */
const AUDIT_ROWS = "100";
const AGAIN_MS = 10_000;

function Audit({ revision }: { revision: number }) {
  const { value, problem } = useAnswer(
    "GET /api/audit",
    { query: { limit: AUDIT_ROWS } },
    { everyMs: AGAIN_MS, revision },
  );
  if (!value) return <p className="muted late">{problem ?? "Asking for the audit log…"}</p>;
  if (value.items.length === 0)
    return <p className="muted">The audit log is empty: nobody has changed anything yet.</p>;
  return <AuditTable items={value.items} />;
}

function Keys({ keys, problem, onRevoke }: KeysProps) {
  if (!keys) return <p className="muted late">{problem ?? "Asking for the keys…"}</p>;
  if (keys.length === 0)
    return (
      <Notice
        title="No keys yet"
        text="Only the admin token opens this gateway. A key lets somebody else in, with a role of its own, and can be revoked."
      />
    );
  const valid = keys.filter(({ revokedAt }) => revokedAt === null);
  return (
    <KeepFocus at={String(valid.length)}>
      <KeyTable keys={keys} onRevoke={onRevoke} />
    </KeepFocus>
  );
}

interface KeysProps {
  readonly keys: readonly KeyView[] | undefined;
  readonly problem: string | null;
  readonly onRevoke: (view: KeyView) => void;
}

function Administered() {
  const [changed, setChanged] = useState(0);
  const [created, setCreated] = useState<KeyCreated | null>(null);
  const [said, say] = useSaid();
  const { value, problem } = useAnswer("GET /api/keys", {}, { everyMs: AGAIN_MS, revision: changed });
  const ask = (): void => setChanged((last) => last + 1);
  const revoke = async ({ id, name }: KeyView): Promise<void> => {
    try {
      await api("DELETE /api/keys/{id}", { params: { id } });
      say(`${name} is revoked: whoever used it is cut off.`);
      ask();
    } catch (error) {
      say(wordsOf(error));
    }
  };
  return (
    <>
      <KeyForm
        onCreated={(key) => {
          setCreated(key);
          ask();
        }}
      />
      <Keys keys={value?.items} problem={problem} onRevoke={(view) => void revoke(view)} />
      <Audit revision={changed} />
      <Said text={said} />
      {created && <KeyDialog created={created} onClose={() => setCreated(null)} />}
    </>
  );
}

export function AccessKeys() {
  const may = useMay();
  if (!may("GET /api/keys"))
    return <Notice title="Only for admins" text="Access keys and the audit log are shown to the role admin." />;
  return (
    <div className={styles.page}>
      <SectionNav label="Configuration" links={CONFIGURATION_LINKS} here={ACCESS_KEYS} />
      <Administered />
    </div>
  );
}
