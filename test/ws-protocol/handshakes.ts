// Which requests open `/ws`, and with which status are the others turned away?
import type { Door } from "./raw.ts";
import { handshakeHeaders, requestText } from "./raw.ts";

export interface Handshake {
  readonly title: string;
  /** The bytes of the request. */
  readonly request: (door: Door) => string;
  readonly status: number;
  /** What the head of the answer must hold. */
  readonly holds?: RegExp;
  /** What it must not hold. */
  readonly lacks?: RegExp;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** A right handshake with some headers replaced, added or, where undefined, left out. */
function asking(changes: Headers, line = "GET /ws HTTP/1.1") {
  return (door: Door): string => {
    const all = Object.entries({ ...handshakeHeaders(door), ...changes });
    return requestText(line, Object.fromEntries(all.filter((it): it is [string, string] => it[1] !== undefined)));
  };
}

/** A right handshake with more lines at its end, in this order. */
const withLines =
  (lines: readonly string[], changes: Headers = {}) =>
  (door: Door): string =>
    asking(changes)(door).replace(/\r\n$/, `${lines.join("\r\n")}\r\n\r\n`);

const VERSION = "Sec-WebSocket-Version";
const KEY = "Sec-WebSocket-Key";
/** Of what the RFC offers for a version that is not served. */
const WRONG_VERSION = { status: 426, holds: /^Sec-WebSocket-Version: 13\r$/m } as const;
/** The connection is over after the answer, also where the answer comes from an ordinary route. */
const LAST = { Connection: "Upgrade, close" } as const;
const filler = (count: number): string[] => Array.from({ length: count }, (_, at) => `X-Filler-${at}: 1`);

export const HANDSHAKES: readonly Handshake[] = [
  { title: "a right one is taken", request: asking({}), status: 101, lacks: /Sec-WebSocket-(Extensions|Protocol)/i },
  {
    title: "names in other letter cases are taken",
    request: asking({ Connection: "keep-alive, UPGRADE", Upgrade: "WebSocket" }),
    status: 101,
  },
  {
    title: "an offer of compression is taken without it",
    request: asking({ "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" }),
    status: 101,
    lacks: /Sec-WebSocket-Extensions/i,
  },
  {
    title: "the version 12 is refused with the one that is served",
    request: asking({ [VERSION]: "12" }),
    ...WRONG_VERSION,
  },
  {
    title: "no version is refused with the one that is served",
    request: asking({ [VERSION]: undefined }),
    ...WRONG_VERSION,
  },
  {
    title: "a version that is no number is refused",
    request: asking({ [VERSION]: "thirteen" }),
    ...WRONG_VERSION,
  },
  { title: "no key is refused", request: asking({ [KEY]: undefined }), status: 400 },
  { title: "an empty key is refused", request: asking({ [KEY]: "" }), status: 400 },
  {
    title: "a key of 15 bytes is refused",
    request: asking({ [KEY]: Buffer.alloc(15).toString("base64") }),
    status: 400,
  },
  { title: "a key that is no Base64 is refused", request: asking({ [KEY]: "not base64 at all !!!!" }), status: 400 },
  {
    title: "a second key is refused",
    request: withLines([`${KEY}: ${Buffer.alloc(16).toString("base64")}`]),
    status: 400,
  },
  { title: "POST is refused", request: asking({ "Content-Length": "0" }, "POST /ws HTTP/1.1"), status: 405 },
  { title: "no Connection: Upgrade is no handshake", request: asking({ Connection: "close" }), status: 404 },
  { title: "an upgrade to something else is no handshake", request: asking({ ...LAST, Upgrade: "h2c" }), status: 404 },
  { title: "two upgrades at once are no handshake", request: withLines(["Upgrade: h2c"], LAST), status: 404 },
  { title: "another path is refused", request: asking({}, "GET /ws/ HTTP/1.1"), status: 404 },
  {
    title: "a target with a host in it is refused",
    request: asking({}, "GET http://localhost/ws HTTP/1.1"),
    status: 404,
  },
  { title: "no Host is refused", request: asking({ Host: undefined }), status: 403 },
  { title: "a foreign Host is refused", request: asking({ Host: "evil.example" }), status: 403 },
  { title: "no credential is refused", request: asking({ Authorization: undefined }), status: 401 },
  { title: "a wrong credential is refused", request: asking({ Authorization: "Bearer wrong" }), status: 401 },
  { title: "a foreign Origin is refused", request: withLines(["Origin: http://evil.example"]), status: 403 },
  { title: "one header of 64 KiB is refused", request: asking({ "X-Big": "a".repeat(64 * 1024) }), status: 431 },
  {
    title: "headers of 64 KiB in all are refused",
    request: withLines(filler(200).map((it) => it.padEnd(330, "1"))),
    status: 431,
  },
  { title: "2,000 small headers are refused", request: withLines(filler(2_000)), status: 431 },
  { title: "200 headers are refused", request: withLines(filler(200)), status: 431 },
  {
    title: "a foreign Origin behind a hundred headers is not overlooked",
    request: withLines([...filler(120), "Origin: http://evil.example"]),
    status: 431,
  },
  { title: "a name with a space in it is refused", request: withLines(["X Y: 1"]), status: 400 },
  { title: "a line break within a value is refused", request: withLines(["X-Y: 1", " 2"]), status: 400 },
  { title: "a zero byte within a value is refused", request: withLines(["X-Y: 1\0"]), status: 400 },
  { title: "what is no HTTP is refused", request: () => "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", status: 400 },
  {
    title: "a second request behind a refused one is not read",
    request: (door) =>
      asking({ [KEY]: undefined })(door) + requestText("GET /livez HTTP/1.1", { Host: new URL(door.url).host }),
    status: 400,
    lacks: /HTTP\/1\.1 200/,
  },
];
