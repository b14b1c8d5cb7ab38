// What may a live client ask for? The answer to one message; what is not understood gets an `error` frame.
import * as z from "zod";
import { FRAME_SCHEMAS, type Frame, frameSchema } from "#contract/event.ts";
import { type ClientAction, clientActionSchema, SUBSCRIBABLE } from "#contract/subscription.ts";
import { type Attachment, MAX_SUBSCRIPTIONS } from "#events/reception.ts";
import { jsonDepth, MAX_JSON_DEPTH } from "#lib/json.ts";

export interface Asked {
  readonly attachment: Pick<Attachment, "subscribe" | "unsubscribe">;
  /** Wall time, milliseconds since 1970. */
  readonly ts: number;
}

const ACTIONS = clientActionSchema.options.map((option) => option.shape.action.value);

let known: (Frame & { type: "metadata" })["data"] | undefined;

/** Types, actions and their schemas; built when first asked for. */
const metadata = (): NonNullable<typeof known> => {
  known ??= {
    types: Object.keys(FRAME_SCHEMAS),
    subscribable: [...SUBSCRIBABLE],
    actions: [...ACTIONS],
    frame_schema: z.toJSONSchema(frameSchema, { reused: "ref" }),
    action_schema: z.toJSONSchema(clientActionSchema, { io: "input", reused: "ref" }),
  };
  return known;
};

let knownText: string | undefined;

/** A frame as it is sent. The metadata are written out once: they are long, always the same, and any client may ask at any rate. */
export function textOf(frame: Frame): string {
  if (frame.type !== "metadata") return JSON.stringify(frame);
  knownText ??= JSON.stringify(metadata());
  return `{"type":"metadata","ts":${frame.ts},"data":${knownText}}`;
}

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

/** The frame that answers a message; null stands for a binary message. */
export function answerAction(message: Buffer | null, asked: Asked): Frame {
  if (message === null) return errorFrame(asked.ts, "Send text, not binary.");
  const parsed = clientActionSchema.safeParse(parseJson(message));
  return parsed.success ? answer(parsed.data, asked) : errorFrame(asked.ts, whyNot(parsed.error));
}

function whyNot({ issues }: z.ZodError): string {
  const issue = issues[0];
  if (issue === undefined || issue.path.length === 0 || issue.path[0] === "action") {
    return `Send a JSON object with one of the actions ${ACTIONS.join(", ")}.`;
  }
  return `${issue.path.map(String).join(".").slice(0, 100)}: ${issue.message.slice(0, 300)}. Nothing was changed.`;
}

function answer(asks: ClientAction, { attachment, ts }: Asked): Frame {
  switch (asks.action) {
    case "ping":
      return { type: "pong", ts, data: {} };
    case "get_metadata":
      return { type: "metadata", ts, data: metadata() };
    case "subscribe": {
      const { action: _, ...subscription } = asks;
      const done = attachment.subscribe(subscription);
      if (done === undefined) return errorFrame(ts, `There are ${MAX_SUBSCRIPTIONS} subscriptions; end one first.`);
      return { type: "subscribed", ts, ...done.position, data: { subscription_id: done.id, ...subscription } };
    }
    case "unsubscribe": {
      const { subscription_id } = asks;
      const done = attachment.unsubscribe(subscription_id);
      if (done === undefined) return errorFrame(ts, "There is no subscription of this id on this socket.");
      return { type: "unsubscribed", ts, ...done.position, data: { subscription_id } };
    }
  }
}
