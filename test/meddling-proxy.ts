// How does a part of the gateway look broken to whoever asks it? A proxy before a real one that changes requests and answers, and
// keeps live frames back.
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";

export interface Meddling {
  /** By method and path without query: the body of a request as it goes on. */
  readonly requests?: Readonly<Record<string, (body: Record<string, unknown>) => unknown>>;
  /** By method and path without query: another answer in the place of the gateway's, as text. Undefined: as it is. */
  readonly answers?: Readonly<Record<string, (text: string, path: string) => string | undefined>>;
  /** Requests, as method and path, that are answered here with this status and go no further. */
  readonly swallowed?: { readonly test: RegExp; readonly status: number };
  /** Live frames that pass: all of them, or only the first message. Default all. */
  readonly frames?: "all" | "first";
}

export interface MeddlingProxy {
  readonly url: string;
  meddle: Meddling;
  close(): void;
}

export async function openMeddlingProxy(gatewayUrl: string): Promise<MeddlingProxy> {
  const to = new URL(gatewayUrl);
  const sockets = new Set<Duplex>();
  const server = createServer((req, res) => {
    pass(req, res, { to, meddle: proxy.meddle }).catch(() => res.destroy());
  });
  server.on("upgrade", (req, socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    passSocket(req, socket, { to, meddle: proxy.meddle });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: MeddlingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    meddle: {},
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
  return proxy;
}

interface Way {
  readonly to: URL;
  readonly meddle: Meddling;
}

async function pass(req: IncomingMessage, res: ServerResponse, { to, meddle }: Way): Promise<void> {
  const { method = "GET", url = "/", headers } = req;
  const what = `${method} ${url.split("?")[0]}`;
  const given = Buffer.concat(await req.toArray()).toString();
  if (meddle.swallowed?.test.test(what)) return void res.writeHead(meddle.swallowed.status).end();
  const change = meddle.requests?.[what];
  const body = change === undefined ? given : JSON.stringify(change(JSON.parse(given) as Record<string, unknown>));
  const { "content-length": _length, "transfer-encoding": _encoding, ...kept } = headers;
  const sized = body === "" ? kept : { ...kept, "content-length": Buffer.byteLength(body) };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { host: to.hostname, port: to.port, method, path: url, headers: { ...sized, host: to.host } };
    request(options, resolve).on("error", reject).end(body);
  });
  const text = Buffer.concat(await answer.toArray()).toString();
  const changed = meddle.answers?.[what]?.(text, url);
  const type = { "content-type": answer.headers["content-type"] ?? "application/json" };
  res.writeHead(answer.statusCode ?? 502, type).end(changed ?? text);
}

function passSocket(req: IncomingMessage, socket: Duplex, { to, meddle }: Way): void {
  const gateway = connect(Number(to.port), to.hostname);
  const lines = req.rawHeaders.flatMap((name, at) => {
    if (at % 2 === 1) return [];
    return [`${name}: ${name.toLowerCase() === "host" ? to.host : req.rawHeaders[at + 1]}`];
  });
  gateway.write(`${req.method} ${req.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  for (const [one, other] of [
    [socket, gateway],
    [gateway, socket],
  ] as const) {
    one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }
  socket.pipe(gateway);
  if (meddle.frames === "first") passFirst(gateway, socket);
  else gateway.pipe(socket);
}

/** The answer to the handshake and one message; what comes later is thrown away. */
function passFirst(from: Duplex, to: Duplex): void {
  let held: Buffer | undefined = Buffer.alloc(0);
  from.on("data", (chunk: Buffer) => {
    if (held === undefined) return;
    held = Buffer.concat([held, chunk]);
    const end = endOfFirst(held);
    if (end === undefined || held.length < end) return;
    to.write(held.subarray(0, end));
    held = undefined;
  });
}

/** Where the head and the first frame end; undefined while that cannot be told. Frames of a server are not masked. */
function endOfFirst(bytes: Buffer): number | undefined {
  const head = bytes.indexOf("\r\n\r\n");
  const start = head + 4;
  if (head < 0 || bytes.length < start + 10) return undefined;
  const short = (bytes[start + 1] as number) & 0x7f;
  if (short < 126) return start + 2 + short;
  return short === 126
    ? start + 4 + bytes.readUInt16BE(start + 2)
    : start + 10 + Number(bytes.readBigUInt64BE(start + 2));
}
