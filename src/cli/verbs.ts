// What does a person's verb do to one server? Asks for it and prints the state that it led to.
import type { ServerVerb } from "#contract/api.ts";
import type { Ends } from "./command.ts";
import { stateSentences } from "./status-words.ts";
import { printJson } from "./terminal.ts";
import { harmless } from "./text.ts";

/** A server's start and handshake may take half of this, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Exit code 0 when the gateway did it, whatever state it led to. */
export async function actOnServer(
  { name, verb }: { name: string; verb: ServerVerb },
  { gateway, terminal }: Ends,
  options: { json?: boolean },
): Promise<number> {
  const question = { params: { name }, timeoutMs: TIMEOUT_MS };
  const view = await gateway.ask(`POST /api/servers/{name}/${verb}`, question);
  if (options.json === true) printJson(terminal, view);
  else terminal.print(harmless(stateSentences(view, Date.now())));
  return 0;
}
