// Which rules hold for every request of the people's side? Headers, Host and Origin before anything is read,
// one way to answer an error. The routes themselves are in the files beside this one.
import type { OutgoingHttpHeaders, Server } from "node:http";
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from "fastify";
import { newSecret } from "#access/credentials.ts";
import type { Fault } from "#contract/fault.ts";
import { discardBody } from "#lib/discard.ts";
import type { World } from "#lib/world.ts";
import { cacheRoutes } from "./cache-routes.ts";
import { configRoutes } from "./config-routes.ts";
import { connectionRoutes } from "./connection-routes.ts";
import { serveDashboard } from "./dashboard.ts";
import type { PeopleDeps } from "./deps.ts";
import { answerOf, faultOf } from "./fault-answer.ts";
import { historyRoutes } from "./history-routes.ts";
import { MAX_BODY_BYTES, readJsonOnly } from "./json-body.ts";
import { keyRoutes } from "./key-routes.ts";
import { loginRoutes } from "./login-routes.ts";
import { metricsRoutes } from "./metrics-routes.ts";
import { openApiRoutes } from "./openapi-routes.ts";
import { registerRoutes } from "./routes.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { serverRoutes } from "./server-routes.ts";
import { stateRoutes } from "./state-routes.ts";
import { timelineRoutes } from "./timeline-routes.ts";
import { toolRoutes } from "./tool-routes.ts";

export interface AppSettings {
  readonly dashboardDir: string;
  readonly serverFactory: FastifyServerFactory<Server>;
  /** Closes the sockets whose login has ended. */
  recheckSockets(): void;
}

/** Builds the app of people's routes, ready to answer; `app.close()` ends what it started. */
export async function openApp(deps: PeopleDeps, settings: AppSettings): Promise<FastifyInstance> {
  const { access } = deps;
  const sendFault = faultSender(deps);
  const app = Fastify({
    serverFactory: settings.serverFactory,
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => newSecret().slice(0, 22),
    return503OnClosing: false,
    // A URL that cannot be decoded fails before any hook runs.
    frameworkErrors: (error, request, reply) => {
      reply.headers(SECURITY_HEADERS);
      sendFault(access.checkHostAndOrigin(request.raw) ?? error, request, reply);
    },
  });
  readJsonOnly(app);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const fault = access.checkHostAndOrigin(request.raw);
    if (fault !== undefined) throw fault;
  });
  app.setErrorHandler(sendFault);
  const metrics = metricsRoutes(deps);
  app.addHook("onClose", async () => metrics.stop());
  registerRoutes(app, access, {
    ...stateRoutes(deps),
    ...metrics.handlers,
    ...loginRoutes({ access, audit: deps.audit, recheckSockets: settings.recheckSockets }),
    ...keyRoutes({ keys: deps.keys, audit: deps.audit, recheckSockets: settings.recheckSockets }),
    ...serverRoutes(deps.servers),
    ...toolRoutes(deps),
    ...cacheRoutes(deps),
    ...configRoutes(deps.config),
    ...historyRoutes(deps),
    ...timelineRoutes(deps),
    ...connectionRoutes(deps),
    ...openApiRoutes(deps),
  });
  await serveDashboard(app, settings.dashboardDir);
  await app.ready();
  return app;
}

type SendFault = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

function faultSender({ log, world }: Pick<PeopleDeps, "log" | "world">): SendFault {
  return (error, request, reply) => {
    const fault: Fault = faultOf(error);
    const { status, headers, body } = answerOf(fault, request.id);
    if (body.error.code === "INTERNAL") {
      const route = `${request.method} ${request.routeOptions.url ?? "unknown"}`;
      log.error({ err: fault.cause ?? fault, requestId: request.id, route }, "A request met a bug in the gateway");
    }
    reply.code(status).headers(headers).header("cache-control", "no-store");
    if (request.raw.complete) reply.send(body);
    else sendUnread(request, reply, { body: JSON.stringify(body), world });
  };
}

// The framework would close the connection over what is still coming in, and the answer would be lost.
function sendUnread(request: FastifyRequest, reply: FastifyReply, answer: { body: string; world: World }): void {
  const { raw } = reply.hijack();
  const length = Buffer.byteLength(answer.body);
  raw.writeHead(reply.statusCode, {
    ...reply.getHeaders(),
    "content-type": "application/json; charset=utf-8",
    "content-length": length,
  } as OutgoingHttpHeaders);
  raw.write(answer.body);
  discardBody(request.raw, answer.world, () => raw.end());
}
