// What do the tests of the validation commands share? A gateway, a proxy before it that breaks parts of it, and a terminal that
// keeps what is printed.
import { stripVTControlCharacters } from "node:util";
import { startGateway, type TestGateway } from "./kit.ts";
import { type MeddlingProxy, openMeddlingProxy } from "./meddling-proxy.ts";
import { upstreamFile } from "./upstreams/start.ts";

export interface Meddled {
  readonly gateway: TestGateway;
  readonly proxy: MeddlingProxy;
  /** The gateway as the proxy shows it, with its admin token. */
  readonly address: { readonly url: string; readonly token: string; readonly tokenFile: null };
  close(): Promise<void>;
}

export async function openMeddled(): Promise<Meddled> {
  const gateway = await startGateway({
    servers: { echo: { command: process.execPath, args: [upstreamFile("echo.ts")] } },
  });
  const proxy = await openMeddlingProxy(gateway.url);
  return {
    gateway,
    proxy,
    address: { url: proxy.url, token: gateway.token, tokenFile: null },
    async close() {
      proxy.close();
      await gateway.stop();
    },
  };
}

/** A terminal that keeps what is printed; `onLine` is told of each. */
export function keeping(onLine: (line: string) => void = () => {}) {
  const lines: string[] = [];
  const print = (text: string): void => {
    const line = stripVTControlCharacters(text);
    lines.push(line);
    onLine(line);
  };
  return { terminal: { print, width: 100, interactive: false }, text: () => lines.join("\n") };
}
