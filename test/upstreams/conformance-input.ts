// How does a modern-era server ask its client? It answers `input_required` and is called again (multi-round-trip).
// Each tool here is one case of the conformance suite; the state between rounds is sealed, never trusted as it comes back.
import { randomBytes } from "node:crypto";
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  createRequestStateCodec,
  type InputRequest,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { reportProgress, text } from "./conformance-content.ts";

/** Seals the state between rounds with a key of this process. */
export const roundState = createRequestStateCodec<{ round: number }>({ key: randomBytes(32), ttlSeconds: 600 });

const askText = (message: string, field: string): InputRequest => {
  const requestedSchema = {
    type: "object" as const,
    properties: { [field]: { type: "string" as const } },
    required: [field],
  };
  return inputRequired.elicit({ message, requestedSchema });
};
const askName = askText("What is your name?", "name");
const askOk = inputRequired.elicit({
  message: "Please confirm",
  requestedSchema: { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"] },
});
const askModel = (prompt: string): InputRequest =>
  inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: prompt } }],
    maxTokens: 100,
  });

const answered = (context: ServerContext, key: string) => acceptedContent(context.mcpReq.inputResponses, key);

async function ask(round: number, inputRequests: Record<string, InputRequest>): Promise<InputRequiredResult> {
  return inputRequired({ inputRequests, requestState: await roundState.mint({ round }) });
}

/** Registers the tools and the prompt that answer `input_required`. */
export function registerInputRequired(server: McpServer): void {
  registerSingleQuestions(server);
  registerStatefulQuestions(server);
  registerMultiRound(server);
  registerCapabilityCases(server);
  server.registerPrompt("test_input_required_result_prompt", { description: "Asks before it answers" }, (context) => {
    const topic = answered(context, "user_context");
    if (topic === undefined) {
      return inputRequired({ inputRequests: { user_context: askText("What is the context?", "context") } });
    }
    return { messages: [{ role: "user", content: { type: "text", text: `Context: ${JSON.stringify(topic)}` } }] };
  });
}

function registerSingleQuestions(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_elicitation",
    { description: "Asks the person for a name" },
    (context) => {
      const name = acceptedContent(context.mcpReq.inputResponses, "user_name", z.object({ name: z.string() }))?.name;
      return name === undefined ? inputRequired({ inputRequests: { user_name: askName } }) : text(`Hello, ${name}!`);
    },
  );
  server.registerTool(
    "test_input_required_result_sampling",
    { description: "Asks the model for a capital" },
    (context) => {
      const answer = inputResponse(context.mcpReq.inputResponses, "capital_question");
      if (answer.kind === "sampling") return text(JSON.stringify(answer.result.content));
      return inputRequired({ inputRequests: { capital_question: askModel("What is the capital of France?") } });
    },
  );
  server.registerTool("test_input_required_result_list_roots", { description: "Asks for the roots" }, (context) => {
    const answer = inputResponse(context.mcpReq.inputResponses, "client_roots");
    if (answer.kind === "roots") return text(answer.roots.map((root) => root.uri).join("\n"));
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });
}

function registerStatefulQuestions(server: McpServer): void {
  for (const name of ["test_input_required_result_request_state", "test_input_required_result_tampered_state"]) {
    server.registerTool(name, { description: "Asks, and checks the state that comes back" }, (context) => {
      const isSecond = context.mcpReq.requestState<{ round: number }>()?.round === 1;
      return isSecond && answered(context, "confirm") ? text("state-ok") : ask(1, { confirm: askOk });
    });
  }
  server.registerTool(
    "test_input_required_result_multiple_inputs",
    { description: "Asks person, model and roots at once" },
    (context) => {
      const answers = context.mcpReq.inputResponses ?? {};
      const questions = {
        user_name: askName,
        greeting: askModel("Generate a greeting"),
        client_roots: inputRequired.listRoots(),
      };
      const isComplete = Object.keys(questions).every((key) => key in answers);
      return isComplete ? text(`All answered: ${Object.keys(questions).join(", ")}`) : ask(1, questions);
    },
  );
}

function registerMultiRound(server: McpServer): void {
  server.registerTool("test_input_required_result_multi_round", { description: "Asks in two rounds" }, (context) => {
    const round = context.mcpReq.requestState<{ round: number }>()?.round ?? 0;
    if (round === 2 && answered(context, "step2")) return text("Both steps are answered.");
    if (round >= 1 && (round === 2 || answered(context, "step1"))) {
      return ask(2, { step2: askText("Step 2: What is your favorite color?", "color") });
    }
    return ask(1, { step1: askText("Step 1: What is your name?", "name") });
  });
}

function registerCapabilityCases(server: McpServer): void {
  server.registerTool(
    "test_input_required_result_capabilities",
    { description: "Asks only what the client can answer" },
    (context) => {
      const envelope: { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } = context.mcpReq.envelope ?? {};
      const declared = envelope[CLIENT_CAPABILITIES_META_KEY] ?? {};
      const inputRequests: Record<string, InputRequest> = {};
      if (declared.elicitation) inputRequests.user_name = askName;
      if (declared.sampling) inputRequests.greeting = askModel("Generate a greeting");
      return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text("Nobody can be asked.");
    },
  );
  // Without the sampling capability the question itself is refused (-32021); that refusal is what the suite looks for.
  server.registerTool("test_missing_capability", { description: "Needs sampling" }, (context) => {
    const answer = inputResponse(context.mcpReq.inputResponses, "sample");
    return answer.kind === "sampling"
      ? text("Sampled.")
      : inputRequired({ inputRequests: { sample: askModel("Hello") } });
  });
  server.registerTool("test_streaming_elicitation", { description: "Reports progress, then asks" }, async (context) => {
    await reportProgress(context, 1, 2);
    return answered(context, "user_name")
      ? text("Answered.")
      : inputRequired({ inputRequests: { user_name: askName } });
  });
}
