// Does this upgrade speak the WebSocket of RFC 6455, and nothing that two readers could understand differently? Judged before
// anybody's right to it.
import type { IncomingMessage } from "node:http";

export interface Refusal {
  readonly status: number;
  /** One more header line, without its end. */
  readonly header?: string;
}

const VERSION = "13";

/** Why the handshake is refused, or undefined. What the library checks itself (method, key) is left to it. */
export function refusedHandshake(req: IncomingMessage): Refusal | undefined {
  const { headers, httpVersion, rawHeaders } = req;
  if (httpVersion !== "1.1" || timesNamed(rawHeaders, "host") > 1) return { status: 400 };
  // Bytes of a body would be read as frames here, and as a body by a proxy that counts them.
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  if (length !== "0" || encoding !== undefined) return { status: 400 };
  if (headers["sec-websocket-version"] === VERSION) return undefined;
  return { status: 426, header: `Sec-WebSocket-Version: ${VERSION}` };
}

/** Names and values alternate. */
const timesNamed = (rawHeaders: readonly string[], name: string): number =>
  rawHeaders.filter((word, at) => at % 2 === 0 && word.toLowerCase() === name).length;
