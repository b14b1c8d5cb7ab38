// How is an access key made? A name, a role and how long it lasts; the key itself is handed on once and kept nowhere.
import { type SubmitEvent, useId, useRef, useState } from "react";
import type { KeyCreated, Role } from "../../../src/contract/access.ts";
import { type ApiFault, api, faultOf } from "../api.ts";
import { Refusal } from "../ui/refusal.tsx";
import styles from "./access.module.css";
import { ROLE_WORDS } from "./words.ts";

const EXPIRIES = [
  ["30", "in 30 days"],
  ["90", "in 90 days"],
  ["365", "in a year"],
  ["", "never"],
] as const;

interface FormProps {
  readonly onCreated: (key: KeyCreated) => void;
}

export function KeyForm({ onCreated }: FormProps) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<ApiFault | null>(null);
  const create = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      const expiry = days === "" ? {} : { expiresInDays: Number(days) };
      onCreated(await api("POST /api/keys", { body: { name: name.trim(), role, ...expiry } }));
      setName("");
    } catch (error) {
      setFault(faultOf(error));
    }
    setBusy(false);
  };
  const onSubmit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (busy) return;
    if (name.trim() === "") form.current?.querySelector("input")?.focus();
    else void create();
  };
  return (
    <form ref={form} noValidate className={styles.form} aria-label="Create a key" onSubmit={onSubmit}>
      <div>
        <label htmlFor={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          value={name}
          maxLength={40}
          autoComplete="off"
          spellCheck={false}
          aria-required="true"
          aria-invalid={fault !== null}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <div>
        <label htmlFor={`${id}-role`}>Role</label>
        <select id={`${id}-role`} value={role} onChange={(event) => setRole(event.target.value as Role)}>
          {Object.entries(ROLE_WORDS).map(([value, words]) => (
            <option key={value} value={value}>
              {`${value}: ${words}`}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label htmlFor={`${id}-days`}>Expires</label>
        <select id={`${id}-days`} value={days} onChange={(event) => setDays(event.target.value)}>
          {EXPIRIES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" className="primary" aria-disabled={busy}>
        Create key
      </button>
      {fault && <Refusal fault={fault} />}
    </form>
  );
}
