// Which release is this? Read from package.json beside the sources.
import { readFileSync } from "node:fs";

export const VERSION = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/** Who the gateway says it is, to both sides. */
export const IDENTITY = { name: "omni2", version: VERSION } as const;
