// How does a test open the live stream? As a client does that means it: a gateway whose timers are late takes no new reader for a
// moment and says so with 503, and whoever wants one asks again.
import { setTimeout as sleep } from "node:timers/promises";
import { type RawData, WebSocket } from "ws";

const AGAIN_MS = 100;
const LIMIT_MS = 30_000;

export interface Wanted {
  /** The gateway's address, `http://...`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: string;
  /** Hears every message, from the first on. */
  readonly onMessage?: (data: RawData) => void;
}

/** Resolves with an open socket; rejects with any refusal but 503, and with that after half a minute. */
export async function openLiveSocket(wanted: Wanted): Promise<WebSocket> {
  for (const endsAt = Date.now() + LIMIT_MS; ; await sleep(AGAIN_MS)) {
    try {
      return await knock(wanted);
    } catch (error) {
      if (!String(error).includes("503") || Date.now() > endsAt) throw error;
    }
  }
}

function knock({ url, headers, query = "", onMessage = () => {} }: Wanted): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws${query}`, { headers });
  socket.on("message", onMessage);
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("error", reject);
  });
}
