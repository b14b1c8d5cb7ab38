// Is a person signed in? Chooses between the login and the signed-in page; knows nothing of either.
import { Login } from "./pages/login.tsx";
import { useSession, WhoContext } from "./session.ts";
import { Shell } from "./shell.tsx";
import { Notice } from "./ui/notice.tsx";

export function App() {
  const { session, login, logout } = useSession();
  switch (session.kind) {
    case "asking":
      return null;
    case "out":
      return <Login message={session.message} onToken={login} />;
    case "unreachable":
      return (
        <main>
          <Notice title="The gateway is out of reach" text={session.message}>
            <button type="button" onClick={() => void login(null)}>
              Try again
            </button>
          </Notice>
        </main>
      );
    case "in":
      return (
        <WhoContext value={session.who}>
          <Shell onLogout={() => void logout()} />
        </WhoContext>
      );
  }
}
