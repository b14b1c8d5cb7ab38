// Who has the port: nobody, a gateway of ours, or somebody else? A taken port is asked without any credential; a free one
// is opened and closed again at once, because nothing else tells whether this process may listen there.
import { createServer } from "node:net";
import { createGateway, type GatewayAddress } from "#cli/gateway.ts";
import { type HealthAnswer, healthSchema } from "#contract/api.ts";
import { isFault } from "#contract/fault.ts";
import { type Finding, fail, pass, warn } from "./doctor-finding.ts";

/** What answers at an address. `unknown`: a gateway that asks for a credential, or does not answer in time. */
export type Answerer =
  | { readonly kind: "gateway"; readonly health: HealthAnswer }
  | { readonly kind: "nobody" }
  | { readonly kind: "stranger"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string };

const PATIENCE_MS = 3_000;

/** Asks for `GET /health`, first without the token: whoever sits there may not be ours. */
export async function whoAnswers(address: GatewayAddress, mayNeedToken: boolean): Promise<Answerer> {
  const anonymous = await ask({ url: address.url, token: null, tokenFile: null });
  return anonymous.kind === "unknown" && mayNeedToken ? ask(address) : anonymous;
}

async function ask(address: GatewayAddress): Promise<Answerer> {
  try {
    const answer = await createGateway(address).ask("GET /health", { timeoutMs: PATIENCE_MS });
    const parsed = healthSchema.safeParse(answer);
    return parsed.success
      ? { kind: "gateway", health: parsed.data }
      : { kind: "stranger", message: `What answers at ${address.url} is not an OMNI2 gateway.` };
  } catch (error) {
    if (isFault(error, "UPSTREAM_UNAVAILABLE")) return { kind: "nobody" };
    if (isFault(error, "UPSTREAM_PROTOCOL")) return { kind: "stranger", message: error.message };
    if (isFault(error)) return { kind: "unknown", message: error.message };
    throw error;
  }
}

/** Null when this process could listen there, else the system's word for why not, such as `EADDRINUSE`. */
export function tryPort(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

export interface PortFacts {
  readonly host: string;
  readonly port: number;
  readonly answerer: Answerer;
  /** As `tryPort` answers; null too when it was not tried. */
  readonly refusal: string | null;
}

export function judgePort({ host, port, answerer, refusal }: PortFacts): Finding {
  const place = `${host}:${port}`;
  const another = "or choose another port with --port.";
  if (answerer.kind === "gateway") return pass("port", `${place} is held by the running gateway`);
  if (answerer.kind === "unknown") {
    return warn(
      "port",
      `${place} is taken. ${answerer.message}`,
      `If that is no gateway of yours, stop it, ${another}`,
    );
  }
  if (answerer.kind === "stranger" || refusal === "EADDRINUSE") {
    const look = process.platform === "linux" ? `\`ss -ltnp 'sport = :${port}'\`` : `\`lsof -i :${port}\``;
    return fail("port", `${place} is taken by another program.`, `Look with ${look}, then stop it, ${another}`);
  }
  if (refusal === "EACCES")
    return fail("port", `${place} needs rights that this user has not.`, "Choose a --port above 1023.");
  if (refusal !== null)
    return fail(
      "port",
      `${place} cannot be opened (${refusal}).`,
      "Correct --host: it must be an address of this machine.",
    );
  return pass("port", `${place} is free`);
}
