// A legacy-era server (2025-11-25 and before) with every name the conformance suite asks for: sessions on /mcp, or `stdio`.
// It asks its client with real server-to-client requests, as published servers do.
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer, type ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import { registerContent, text } from "./conformance-content.ts";
import { portOf, serveLegacyHttp, serveLegacyStdio } from "./serve.ts";

function createLegacyServer(): McpServer {
  const server = new McpServer(
    { name: "conformance-legacy", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        logging: {},
        completions: {},
      },
    },
  );
  registerContent(server);
  registerAskingTools(server);
  registerReconnection(server);
  registerSubscriptions(server);
  return server;
}

const singleField = (name: string) => ({
  type: "object",
  properties: { [name]: { type: "string" } },
  required: [name],
});

/** One property for each primitive type, with a default (SEP-1034). */
const defaultsForm = {
  type: "object",
  properties: {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  },
  required: [],
};

const titled = (...titles: string[]) => titles.map((title, index) => ({ const: `value${index + 1}`, title }));
const options = ["option1", "option2", "option3"];

/** All five forms of a choice (SEP-1330), the deprecated one included. */
const choicesForm = {
  type: "object",
  properties: {
    untitledSingle: { type: "string", enum: options },
    titledSingle: { type: "string", oneOf: titled("First Option", "Second Option", "Third Option") },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: options } },
    titledMulti: { type: "array", items: { anyOf: titled("First Choice", "Second Choice", "Third Choice") } },
  },
  required: [],
};

async function elicit(context: ServerContext, message: string, requestedSchema: object) {
  const params = { message, requestedSchema };
  const { action, content } = await context.mcpReq.send({ method: "elicitation/create", params });
  return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
}

function registerAskingTools(server: McpServer): void {
  server.registerTool(
    "test_sampling",
    { description: "Asks the model", inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, context) => {
      const messages = [{ role: "user", content: { type: "text", text: prompt } }] as const;
      const params = { messages, maxTokens: 100 };
      const { content } = await context.mcpReq.send({ method: "sampling/createMessage", params });
      return text(`LLM response: ${JSON.stringify(content)}`);
    },
  );
  server.registerTool(
    "test_elicitation",
    { description: "Asks the person", inputSchema: z.object({ message: z.string() }) },
    ({ message }, context) => elicit(context, message, singleField("response")),
  );
  server.registerTool(
    "test_elicitation_sep1034_defaults",
    { description: "Asks with a default for each primitive type" },
    (context) => elicit(context, "Please review the defaults", defaultsForm),
  );
  server.registerTool("test_elicitation_sep1330_enums", { description: "Asks with every form of choice" }, (context) =>
    elicit(context, "Please select your options", choicesForm),
  );
}

const RECONNECT_PAUSE_MS = 100;

/** Ends the response stream before the result, so that the client has to resume it (SEP-1699). */
function registerReconnection(server: McpServer): void {
  server.registerTool("test_reconnection", { description: "Ends its stream before the result" }, async (context) => {
    context.http?.closeSSE?.();
    await sleep(RECONNECT_PAUSE_MS);
    return text("The result waited for the client to reconnect.");
  });
}

function registerSubscriptions(server: McpServer): void {
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}

if (process.argv.includes("stdio")) await serveLegacyStdio(createLegacyServer);
else await serveLegacyHttp(createLegacyServer, portOf(process.argv));
