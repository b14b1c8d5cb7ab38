// How does a request body become a value? Depth is checked before anything recurses; keys that pollute are refused.
import type { FastifyInstance } from "fastify";
import { Fault } from "#contract/fault.ts";
import { isUtf8Text, jsonDepth, MAX_JSON_DEPTH } from "#lib/json.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

type Done = (error: Error | null, body?: unknown) => void;

/** Makes JSON the only body this app reads. An empty body is `undefined`. */
export function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, raw, done: Done) => {
    const bytes = raw as Buffer;
    if (bytes.length === 0) return done(null, undefined);
    if (jsonDepth(bytes) > MAX_JSON_DEPTH) {
      return done(
        new Fault("INVALID_REQUEST", `The body nests deeper than ${MAX_JSON_DEPTH} levels; send it flatter.`),
      );
    }
    if (!isUtf8Text(bytes)) return done(new Fault("PARSE_ERROR", "The body is not UTF-8 text; encode it as UTF-8."));
    // The framework's parser calls back at once and hands an error over instead of throwing.
    const text = bytes.toString("utf8");
    void parse(request, text, (error: Error | null, body?: unknown) =>
      error === null ? done(null, body) : done(parseFault(text, error)),
    );
  });
}

function parseFault(text: string, cause: Error): Fault {
  try {
    JSON.parse(text);
    return new Fault("INVALID_REQUEST", "The body has a key named __proto__ or constructor.prototype; leave it out.", {
      cause,
    });
  } catch {
    return new Fault("PARSE_ERROR", "The body is not valid JSON; send one JSON object.", { cause });
  }
}
