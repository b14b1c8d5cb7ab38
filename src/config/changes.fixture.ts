// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a configuration are what is tested
// Which configuration do the tests of changes begin with, and how do they change it?
import type { ConfigPatch } from "#contract/change.ts";
import type { Bench } from "./bench.fixture.ts";

export const FILE = {
  mcpServers: {
    files: {
      command: "x",
      args: ["--token", "${TOKEN}"],
      timeoutMs: 5_000,
      disabledTools: ["rm"],
      cache: { tools: { a: "off" } },
    },
    docs: { url: "https://docs.example/mcp?key=abc" },
  },
  omni2: { cache: { ttlMs: 1_000 } },
};

/** As somebody who has read the present revision. */
export const send = ({ config }: Bench, patch: ConfigPatch, more: { dryRun?: boolean; ifMatch?: number } = {}) =>
  config.patch(patch, { by: "ann", dryRun: false, ifMatch: config.current().revision, ...more });
export const server = ({ config }: Bench, name: string) => config.current().definitions.find((it) => it.name === name);
export const files = (more: object): ConfigPatch => ({ mcpServers: { files: { ...more } } });
