// What may a live client ask for? A pure answer to one message; what is not understood gets an `error` frame.
import { clientActionSchema, FRAME_SCHEMAS, type Frame } from "#contract/event.ts";
import { jsonDepth, MAX_JSON_DEPTH } from "#lib/json.ts";

const ACTIONS = clientActionSchema.options.map((option) => option.shape.action.value);

const errorFrame = (ts: number, message: string): Frame => ({
  type: "error",
  ts,
  data: { code: "INVALID_REQUEST", message },
});

function parseJson(bytes: Buffer): unknown {
  if (jsonDepth(bytes) > MAX_JSON_DEPTH) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The frame that answers a message; null stands for a binary message. `ts` is wall time in milliseconds since 1970. */
export function answerAction(message: Buffer | null, ts: number): Frame {
  if (message === null) return errorFrame(ts, "Send text, not binary.");
  const parsed = clientActionSchema.safeParse(parseJson(message));
  if (!parsed.success) return errorFrame(ts, `Send a JSON object with one of the actions ${ACTIONS.join(", ")}.`);
  switch (parsed.data.action) {
    case "ping":
      return { type: "pong", ts, data: {} };
    case "get_metadata":
      return { type: "metadata", ts, data: { types: Object.keys(FRAME_SCHEMAS), actions: [...ACTIONS] } };
  }
}
