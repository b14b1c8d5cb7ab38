// How does one part tell the others what happened? Publish and subscribe inside the process, in order, at once.
// A listener that throws is logged and never stops the publisher or the other listeners.
import type { GatewayEvent } from "#contract/event.ts";
import type { Log } from "#lib/log.ts";

export type Listener = (event: GatewayEvent) => void;
export type Unsubscribe = () => void;

export interface Bus {
  /** Every listener has seen the event when this returns, except when it is called from inside a listener. */
  publish(event: GatewayEvent): void;
  subscribe(listener: Listener): Unsubscribe;
}

/** Events published by a listener wait until the current one has reached everybody, so all listeners see one order. */
export function createBus(log: Log): Bus {
  let subscriptions: readonly { readonly listener: Listener }[] = [];
  const waiting: GatewayEvent[] = [];
  let delivering = false;

  const deliver = (event: GatewayEvent): void => {
    for (const { listener } of subscriptions) {
      try {
        listener(event);
      } catch (err) {
        log.error({ err, event: event.type }, "A listener failed on an event; the others got it");
      }
    }
  };

  const deliverWaiting = (): void => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) deliver(next);
  };

  return {
    publish(event) {
      if (delivering) {
        waiting.push(event);
        return;
      }
      delivering = true;
      try {
        deliverWaiting();
        deliver(event);
        deliverWaiting();
      } finally {
        delivering = false;
      }
    },
    subscribe(listener) {
      const subscription = { listener };
      subscriptions = [...subscriptions, subscription];
      return () => {
        subscriptions = subscriptions.filter((other) => other !== subscription);
      };
    },
  };
}
