// What happened, every single thing? The live feed tells a state that changes too fast only as what it is at last; the journal
// holds each change. Read again and again while the faults are played.
import assert from "node:assert/strict";
import { type Frame, frameSchema } from "#contract/event.ts";
import type { EventsPage } from "#contract/history.ts";
import { sleep, systemWorld } from "#lib/world.ts";
import type { TestGateway } from "../kit.ts";
import { send } from "../raw.ts";

const PAUSE_MS = 100;

export interface Chronicle {
  /** Every numbered event since it was opened, in order, as its frame; at most half a second behind. */
  readonly frames: readonly Frame[];
  close(): Promise<void>;
}

/** Begins after event number `seq`. */
export function openChronicle(gateway: TestGateway, seq: number): Chronicle {
  const frames: Frame[] = [];
  let running = true;
  let last = seq;
  const read = async (): Promise<void> => {
    const headers = { authorization: `Bearer ${gateway.token}` };
    const path = `/api/events?after=${last}&limit=1000`;
    const { status, json, text } = await send(gateway.url, { method: "GET", path, headers });
    assert.equal(status, 200, text);
    for (const { seq: number, epoch, at, type, data } of (json as EventsPage).items) {
      assert.equal(number, last + 1, "the journal holds every number");
      last = number;
      frames.push(frameSchema.parse({ type, seq: number, epoch, ts: at, data }));
    }
  };
  const reading = (async () => {
    while (running) {
      await read();
      await sleep(systemWorld, PAUSE_MS);
    }
  })();
  reading.catch(() => {});
  return {
    frames,
    async close() {
      running = false;
      await reading;
    },
  };
}
