// Who is a line from a server for: one of our own exchanges, the SDK, or nobody? Only exact ids reach anyone; what is for
// nobody is counted and dropped.
import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { isObject } from "#lib/json.ts";
import { scanReply } from "#mcp/scan.ts";
import { OWN_ID_PREFIX } from "#upstream/transport.ts";
import type { ExchangeTable } from "./exchanges.ts";
import { claimedId, parseInbound } from "./inbound.ts";

export interface Router {
  /** Takes one line from the server. Throws only what a receiver throws. */
  route(line: Buffer): void;
  /** Remembers a message that the SDK sends, so that its reply is let through. */
  expect(message: JSONRPCMessage): void;
  /** Lines that were for nobody. */
  readonly dropped: number;
}

/** `toSdk` gets requests, notifications, and replies to requests that the SDK really sent. */
export function createRouter(exchanges: ExchangeTable, toSdk: (message: JSONRPCMessage) => void): Router {
  // The SDK matches replies by Number(id), so "1" or "0x1" would answer its request 1.
  const expected = new Set<unknown>();
  let dropped = 0;

  // Returns false for a line that is for nobody.
  const deliver = (line: Buffer): boolean => {
    const inbound = parseInbound(line);
    if (inbound === undefined) return false;
    if (inbound.kind === "progress") return exchanges.notify(inbound.id, inbound.message);
    if (inbound.kind === "reply" && !expected.delete(inbound.id)) {
      // A reply to an exchange that comes this far has neither a result nor an error.
      if (typeof inbound.id === "string") exchanges.refuse(inbound.id);
      return false;
    }
    toSdk(inbound.message);
    return true;
  };
  const refuse = (line: Buffer): boolean => {
    const id = claimedId(line);
    if (id !== undefined) exchanges.refuse(id);
    return false;
  };

  return {
    route(line) {
      const scan = scanReply(line);
      let taken: boolean;
      if (scan === undefined) taken = refuse(line);
      else if (scan.kind !== "none" && scan.id?.startsWith(OWN_ID_PREFIX)) taken = exchanges.resolve(line, scan);
      else taken = deliver(line);
      if (!taken) dropped++;
    },
    expect(message) {
      if (!("method" in message)) return;
      if ("id" in message) expected.add(message.id);
      if (message.method === "notifications/cancelled" && isObject(message.params)) {
        expected.delete(message.params.requestId);
      }
    },
    get dropped() {
      return dropped;
    },
  };
}
