// What answers behind a definition that is not saved yet?
import * as z from "zod";
import { ERAS, TRANSPORT_KINDS } from "./upstream.ts";

export const discoveredToolSchema = z.object({
  name: z.string(),
  title: z.string().nullable(),
  description: z.string().nullable(),
  annotations: z.record(z.string(), z.unknown()),
});

export const discoverySchema = z.object({
  type: z.enum(TRANSPORT_KINDS),
  serverInfo: z.object({ name: z.string(), version: z.string() }).nullable().describe("As the server says."),
  era: z.enum(ERAS),
  protocolVersion: z.string(),
  tools: z.array(discoveredToolSchema),
  prompts: z.number().int(),
  resources: z.number().int(),
  elapsedMs: z.number(),
  warnings: z.array(z.string()).describe("What is odd about the definition."),
});
export type Discovery = z.infer<typeof discoverySchema>;
