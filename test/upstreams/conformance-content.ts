// Which tools, prompts and resources does the conformance suite expect of a server of either era?
// Only what needs no answer from the client: asking back differs by era and has its own files.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallToolResult,
  fromJsonSchema,
  type GetPromptResult,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";

/** A red pixel as PNG. */
export const PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
/** A WAV file without samples. */
const SILENT_WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/** A tool result of one text. */
export const text = (value: string): CallToolResult => ({ content: [{ type: "text", text: value }] });

const image = { type: "image", data: PIXEL_PNG, mimeType: "image/png" } as const;
const embedded = (uri: string, mimeType: string, body: string) =>
  ({ type: "resource", resource: { uri, mimeType, text: body } }) as const;

/** Registers everything that both eras share. */
export function registerContent(server: McpServer): void {
  registerContentTools(server);
  registerStreamingTools(server);
  registerSchemaTools(server);
  registerResources(server);
  registerPrompts(server);
}

function registerContentTools(server: McpServer): void {
  const plain = (name: string, description: string, result: CallToolResult): void => {
    server.registerTool(name, { description, annotations: { readOnlyHint: true } }, () => result);
  };
  plain("test_simple_text", "Answers one text", text("This is a simple text response for testing."));
  plain("test_image_content", "Answers an image", { content: [image] });
  plain("test_audio_content", "Answers a sound", {
    content: [{ type: "audio", data: SILENT_WAV, mimeType: "audio/wav" }],
  });
  plain("test_embedded_resource", "Answers a resource inside the result", {
    content: [embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  });
  plain("test_multiple_content_types", "Answers text, image and resource", {
    content: [
      { type: "text", text: "Multiple content types test:" },
      image,
      embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  });
  plain("test_error_handling", "Always fails", {
    ...text("This tool intentionally returns an error for testing"),
    isError: true,
  });
}

const PAUSE_MS = 50;

function registerStreamingTools(server: McpServer): void {
  server.registerTool("test_tool_with_logging", { description: "Logs three lines while it works" }, async (context) => {
    for (const line of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await context.mcpReq.log("info", line, "conformance");
      await sleep(PAUSE_MS);
    }
    return text("Logged three lines.");
  });
  server.registerTool("test_tool_with_progress", { description: "Reports progress 0, 50, 100" }, async (context) => {
    for (const progress of [0, 50, 100]) {
      await reportProgress(context, progress, 100);
      await sleep(PAUSE_MS);
    }
    return text("Progress reported.");
  });
}

/** Sends one progress notification; nothing when the caller asked for none. */
export async function reportProgress(context: ServerContext, progress: number, total: number): Promise<void> {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  const params = { progressToken, progress, total, message: `Step ${progress} of ${total}` };
  await context.mcpReq.notify({ method: "notifications/progress", params });
}

/** Keywords that a server or a gateway is tempted to drop from a listed schema. */
const richSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

function registerSchemaTools(server: McpServer): void {
  const inputSchema = fromJsonSchema(richSchema);
  const description = "Tool with JSON Schema 2020-12 features";
  server.registerTool("json_schema_2020_12_tool", { description, inputSchema }, (value) => text(JSON.stringify(value)));
}

function registerResources(server: McpServer): void {
  const fixed = (name: string, mimeType: string, body: { text: string } | { blob: string }): void => {
    const uri = `test://${name}`;
    server.registerResource(name, uri, { mimeType }, () => ({ contents: [{ uri, mimeType, ...body }] }));
  };
  fixed("static-text", "text/plain", { text: "This is the content of the static text resource." });
  fixed("static-binary", "image/png", { blob: PIXEL_PNG });
  fixed("watched-resource", "text/plain", { text: "Watched resource content" });
  const template = new ResourceTemplate("test://template/{id}/data", {
    list: undefined,
    complete: { id: (value) => ["1", "12", "123"].filter((id) => id.startsWith(value)) },
  });
  const mimeType = "application/json";
  server.registerResource("template", template, { mimeType }, (uri, { id }) => ({
    contents: [
      { uri: uri.href, mimeType, text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) },
    ],
  }));
}

const says = (...contents: GetPromptResult["messages"][number]["content"][]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: "user", content })),
});

function registerPrompts(server: McpServer): void {
  server.registerPrompt("test_simple_prompt", { description: "Has no arguments" }, () =>
    says({ type: "text", text: "This is a simple prompt for testing." }),
  );
  const twoArguments = z.object({ arg1: z.string(), arg2: z.string() });
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "Repeats two arguments", argsSchema: twoArguments },
    ({ arg1, arg2 }) => says({ type: "text", text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
  );
  const oneUri = z.object({ resourceUri: z.string() });
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "Embeds a resource", argsSchema: oneUri },
    ({ resourceUri }) =>
      says(embedded(resourceUri, "text/plain", "Embedded resource content for testing."), {
        type: "text",
        text: "Please process the embedded resource above.",
      }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "Carries an image" }, () =>
    says(image, { type: "text", text: "Please analyze the image above." }),
  );
}
