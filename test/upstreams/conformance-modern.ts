// A modern-era server (2026-07-28 only) with every name the conformance suite asks for: stateless on /mcp, or `stdio`.
// It refuses the legacy handshake, so that a client which never negotiates is found out.
import { fromJsonSchema, McpServer, type ServerNotifier } from "@modelcontextprotocol/server";
import { registerContent, text } from "./conformance-content.ts";
import { registerInputRequired, roundState } from "./conformance-input.ts";
import { portOf, serveModernHttp, serveModernStdio } from "./serve.ts";

const LIST_HINT = { ttlMs: 60_000, cacheScope: "public" } as const;

function createModernServer(notify?: ServerNotifier): McpServer {
  const server = new McpServer(
    { name: "conformance-modern", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        logging: {},
        completions: {},
      },
      cacheHints: { "tools/list": LIST_HINT, "prompts/list": LIST_HINT, "resources/list": LIST_HINT },
      requestState: { verify: roundState.verify },
    },
  );
  registerContent(server);
  registerInputRequired(server);
  registerTriggers(server, notify);
  registerHeaderTool(server);
  return server;
}

/** On HTTP a change goes through the handler's bus; on stdio the connection itself tells. */
function registerTriggers(server: McpServer, notify: ServerNotifier | undefined): void {
  server.registerTool("test_logging_tool", { description: "Logs one line" }, async (context) => {
    await context.mcpReq.log("info", "Only a request that set a log level may see this", "conformance");
    return text("Logged.");
  });
  server.registerTool("test_trigger_tool_change", { description: "Announces a changed tool list" }, () => {
    notify ? notify.toolsChanged() : server.sendToolListChanged();
    return text("The tool list changed.");
  });
  server.registerTool("test_trigger_prompt_change", { description: "Announces a changed prompt list" }, () => {
    notify ? notify.promptsChanged() : server.sendPromptListChanged();
    return text("The prompt list changed.");
  });
}

const regionSchema = {
  type: "object",
  properties: { region: { type: "string", "x-mcp-header": "Region" } },
  required: ["region"],
} as const;

/** `region` has to be mirrored as the header Mcp-Param-Region (SEP-2243). */
function registerHeaderTool(server: McpServer): void {
  const inputSchema = fromJsonSchema<{ region: string }>(regionSchema);
  server.registerTool(
    "test_x_mcp_header",
    { description: "Its region is mirrored in a header", inputSchema },
    ({ region }) => text(`Region: ${region}`),
  );
}

if (process.argv.includes("stdio")) serveModernStdio(createModernServer);
else await serveModernHttp(createModernServer, portOf(process.argv));
