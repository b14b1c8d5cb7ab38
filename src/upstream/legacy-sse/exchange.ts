// How does a hot call travel over HTTP+SSE? The POST hands it over, and the reply comes on the link's stream.
import { Fault } from "#contract/fault.ts";
import { replyOfRefusal } from "#upstream/http/exchange.ts";
import { linkClosed, lostWithLink } from "#upstream/http/faults.ts";
import type { HttpLink, OpenRequest } from "#upstream/http/link.ts";
import { bodyOf } from "#upstream/http/one-way.ts";
import { isSuccess } from "#upstream/http/response.ts";
import { startTrip, type TripEnd } from "#upstream/http/trip.ts";
import type { Exchange, Reply } from "#upstream/transport.ts";
import type { Replies } from "./replies.ts";

const MAX_EXCHANGE_MS = 600_000;

export function exchangeOverSse(link: HttpLink, replies: Replies, request: Exchange): Promise<Reply> {
  const { id, body, signal, onMessage } = request;
  const { name, world } = link;
  if (link.closeReason !== undefined) return Promise.reject(linkClosed(name));
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const trip = startTrip(link, { pool: link.pools.calls, body });
  const over = (): void => {
    cancelTimer();
    signal.removeEventListener("abort", onAbort);
    replies.exchanges.delete(id);
    link.open.delete(open);
  };
  const fail = (reason: unknown): void => {
    over();
    reject(reason);
    trip.stop(reason);
  };
  const succeed = (reply: Reply): void => {
    over();
    resolve(reply);
  };
  const open: OpenRequest = {
    abandon: () => fail(trip.sent ? lostWithLink(name, "lost its event stream") : linkClosed(name)),
  };
  const onAbort = (): void => fail(signal.reason);
  const late = (): Fault =>
    new Fault("UPSTREAM_TIMEOUT", `${name} did not answer within ${MAX_EXCHANGE_MS / 1000} s.`, { server: name });
  const cancelTimer = world.after(MAX_EXCHANGE_MS, () => fail(late()));
  const taken = (end: TripEnd): void => {
    if (!isSuccess(end.head.status)) succeed(replyOfRefusal(link, id, { head: end.head, body: bodyOf(end) }));
  };
  signal.addEventListener("abort", onAbort, { once: true });
  replies.exchanges.set(id, { onReply: succeed, onMessage });
  link.open.add(open);
  trip.end.then(taken).catch(fail);
  return promise;
}
