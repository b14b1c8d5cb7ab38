// Who are you? One field for the token; the login link fills it by itself.
import { useState } from "react";
import styles from "./login.module.css";

interface LoginProps {
  readonly message: string | null;
  readonly onToken: (token: string) => Promise<void>;
}

export function Login({ message, onToken }: LoginProps) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    await onToken(token.trim());
    setBusy(false);
  };
  return (
    <main className={styles.login}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h1>OMNI2</h1>
        <p>
          Open the login link that the gateway printed at its first start, or paste its admin token here, which is also
          in the file <code>admin-token</code> of the data directory. An access key that you were given works too.
        </p>
        <label htmlFor="token">Admin token or access key</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          required
          maxLength={512}
          value={token}
          aria-invalid={message !== null}
          aria-describedby="token-problem"
          onChange={(event) => setToken(event.target.value)}
        />
        <p id="token-problem" role="alert" className={styles.problem}>
          {message}
        </p>
        <button type="submit" className="primary" disabled={busy || token.trim() === ""}>
          Sign in
        </button>
      </form>
    </main>
  );
}
