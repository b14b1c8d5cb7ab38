// Who is signed in here? Trades a token for a cookie once; the token leaves the address bar before anything else happens.
import { createContext, useCallback, useContext, useEffect, useState } from "react";
import type { SessionAnswer } from "../../src/contract/api.ts";
import { ApiFault, api, isSignedOut, SIGNED_OUT } from "./api.ts";
import { may, type RouteKey } from "./may.ts";

export type Session =
  | { readonly kind: "asking" }
  | { readonly kind: "out"; readonly message: string | null }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "in"; readonly who: SessionAnswer };

/** Who is signed in, for everything inside the signed-in page. */
export const WhoContext = createContext<SessionAnswer>({ principal: "", role: "viewer" });

export const useWho = (): SessionAnswer => useContext(WhoContext);

/** Whether the signed-in person may ask a route. */
export function useMay(): (key: RouteKey) => boolean {
  const { role } = useWho();
  return (key) => may(role, key);
}

/** Removes `#token=…` from the address bar and its history entry; null when there is none. */
function takeToken(): string | null {
  const found = /^#token=(.+)$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname);
  try {
    return decodeURIComponent(found[1] ?? "");
  } catch {
    return found[1] ?? null;
  }
}

const REFUSED = "The gateway did not accept this token. Use the login link that it printed at its first start.";
const ENDED = "The session has ended. Sign in again.";

async function ask(token: string | null): Promise<Session> {
  try {
    if (token !== null) await api("POST /api/login", { body: { token } });
    return { kind: "in", who: await api("GET /api/session") };
  } catch (error) {
    if (isSignedOut(error)) return { kind: "out", message: token === null ? null : REFUSED };
    const message = error instanceof ApiFault ? error.message : "The page met a bug. Reload it.";
    return token === null ? { kind: "unreachable", message } : { kind: "out", message };
  }
}

export function useSession() {
  const [session, setSession] = useState<Session>({ kind: "asking" });
  const login = useCallback(async (token: string | null) => setSession(await ask(token)), []);
  const logout = useCallback(async () => {
    await api("POST /api/logout").catch(() => undefined);
    setSession({ kind: "out", message: null });
  }, []);
  useEffect(() => {
    void login(takeToken());
    const onHash = (): void => {
      const token = takeToken();
      if (token !== null) void login(token);
    };
    const onSignedOut = (): void => setSession((now) => (now.kind === "in" ? { kind: "out", message: ENDED } : now));
    addEventListener("hashchange", onHash);
    addEventListener(SIGNED_OUT, onSignedOut);
    return () => {
      removeEventListener("hashchange", onHash);
      removeEventListener(SIGNED_OUT, onSignedOut);
    };
  }, [login]);
  return { session, login, logout };
}
