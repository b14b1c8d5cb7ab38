// Where may we post, and what does the server say? The one GET stream of an HTTP+SSE server: first an `endpoint` event,
// then messages. An endpoint on another origin is refused, so that our headers never leave for a stranger.
import type { Fault } from "#contract/fault.ts";
import { faultOfStatus, lostAfterSend, protocolFault, tooLarge, unreachable } from "#upstream/http/faults.ts";
import type { HttpLink } from "#upstream/http/link.ts";
import { isSuccess, type Loss, ResponseReader } from "#upstream/http/response.ts";

export interface EndpointStreamEvents {
  /** Path and query of the endpoint. */
  onEndpoint(path: string): void;
  onMessage(bytes: Buffer): void;
  /** It did not open, or it ended. Called once, last. */
  onEnd(fault: Fault): void;
}

export interface EndpointStream {
  /** Closes it without another event. */
  stop(): void;
}

export function openEndpointStream(link: HttpLink, url: URL, events: EndpointStreamEvents): EndpointStream {
  const { name } = link;
  const refuse = (fault: Fault): void => {
    reader.abort();
    events.onEnd(fault);
  };
  const reader = new ResponseReader({
    onStream: () => {},
    onEvent({ type, data }) {
      if (type === "" || type === "message") events.onMessage(data);
      if (type !== "endpoint") return;
      const path = endpointPath(url, data.toString("utf8"));
      if (path === undefined) refuse(protocolFault(name, "names an endpoint on another origin"));
      else events.onEndpoint(path);
    },
    onBody: (head) =>
      refuse(
        isSuccess(head.status)
          ? protocolFault(name, "answered with something that is not an event stream")
          : faultOfStatus(name, head, link.world.wall()),
      ),
    onLoss: (loss) => events.onEnd(lossFault(name, loss)),
  });
  const { pathname, search } = url;
  link.pools.control.dispatch({ path: pathname + search, method: "GET", headers: link.headers.stream("") }, reader);
  return { stop: () => reader.abort() };
}

/** Path and query of an endpoint on the stream's own origin, given relative or absolute; undefined elsewhere. */
function endpointPath(url: URL, endpoint: string): string | undefined {
  const target = URL.parse(endpoint.trim(), url.href);
  return target?.origin === url.origin ? target.pathname + target.search : undefined;
}

function lossFault(name: string, loss: Loss): Fault {
  if (loss.kind === "too-large") return tooLarge(name);
  if (loss.kind === "unsent") return unreachable(name, loss.cause);
  return lostAfterSend(name, loss.cause ?? new Error("the event stream ended"));
}
