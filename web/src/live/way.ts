// By which way does the stream come: WebSocket, or server-sent events where something between refuses it? Pure.
//
//   websocket --two tries in a row that brought nothing--> events
//   events    --two tries in a row that brought nothing, or a socket that speaks beside it--> websocket

export type Carrier = "websocket" | "events";

export interface Way {
  readonly by: Carrier;
  /** Tries in a row by this way that ended before the first frame. */
  readonly mute: number;
}

/** Tries that may bring nothing before the other way is taken. */
const MUTE_TRIES = 2;

export const FIRST_WAY: Way = { by: "websocket", mute: 0 };

/** The way of the next try, after one that brought frames or did not. */
export function wayAfter({ by, mute }: Way, spoke: boolean): Way {
  if (spoke) return { by, mute: 0 };
  if (mute + 1 < MUTE_TRIES) return { by, mute: mute + 1 };
  return { by: by === "websocket" ? "events" : "websocket", mute: 0 };
}
