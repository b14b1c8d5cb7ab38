// How does the route table become HTTP routes? Types demand a handler for each entry and allow no other;
// credential, role and body are checked here, so a handler can trust what it gets.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type * as z from "zod";
import type { Access } from "#access/access.ts";
import { allows, type Principal } from "#access/principal.ts";
import type { Role } from "#contract/access.ts";
import { ROUTES, type RouteKey } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import { issuesOf } from "./fault-answer.ts";
import { DATA_HEADERS } from "./security-headers.ts";

type Body<K extends RouteKey> = (typeof ROUTES)[K]["body"] extends z.ZodType
  ? z.output<(typeof ROUTES)[K]["body"]>
  : undefined;
type Answer<K extends RouteKey> = (typeof ROUTES)[K]["answer"] extends z.ZodType
  ? z.input<(typeof ROUTES)[K]["answer"]>
  : string | null;

/** One request that may be answered. */
export interface Ask<B = undefined> {
  readonly body: B;
  readonly params: Readonly<Record<string, string>>;
  /** On open routes: somebody without a name. */
  readonly principal: Principal;
  readonly request: FastifyRequest;
  /** For a status or a header. */
  readonly reply: FastifyReply;
}

/** Answers with JSON, with text whose type it has set, or with null for 204. */
export type Handler<K extends RouteKey> = (ask: Ask<Body<K>>) => Answer<K> | Promise<Answer<K>>;
export type Handlers<K extends RouteKey = RouteKey> = { readonly [P in K]: Handler<P> };

const ALWAYS_OPEN: ReadonlySet<RouteKey> = new Set<RouteKey>(["GET /livez", "GET /readyz", "POST /api/login"]);
const NOBODY: Principal = { id: "anonymous", role: "viewer", via: "local" };

/** Whether a route needs no credential on this listener: reachable beyond this machine, only the essential ones. */
export const isOpen = (key: RouteKey, loopback: boolean): boolean =>
  ROUTES[key].for === "everybody" && (loopback || ALWAYS_OPEN.has(key));

/** The weakest role that may use a route. */
export function roleFor(key: RouteKey): Role {
  const { for: who } = ROUTES[key];
  return who === "everybody" ? "viewer" : who;
}

/** The principal of a request to this route; throws UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED. */
function admit(access: Access, key: RouteKey, request: FastifyRequest): Principal {
  if (isOpen(key, access.loopback)) return NOBODY;
  const principal = access.peoplePrincipal(request.raw);
  if (principal instanceof Fault) throw principal;
  const needed = roleFor(key);
  if (allows(principal.role, needed)) return principal;
  throw new Fault("FORBIDDEN", `${key} needs the role ${needed}; this credential has the role ${principal.role}.`);
}

function parseBody(key: RouteKey, body: unknown): unknown {
  const schema: z.ZodType | null = ROUTES[key].body;
  if (schema === null) return undefined;
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error);
  const first = issues[0];
  const where = first === undefined || first.path === "" ? "the body" : first.path;
  const code =
    key === "POST /api/servers" || key === "POST /api/servers/discover" ? "CONFIG_INVALID" : "INVALID_REQUEST";
  throw new Fault(code, `The request is not valid: ${where}: ${first?.message ?? "unknown"}.`, { data: { issues } });
}

function register<K extends RouteKey>(
  app: FastifyInstance,
  access: Access,
  route: { key: K; handler: Handler<K> },
): void {
  const { key, handler } = route;
  const [method, path] = key.split(" ") as [HTTPMethods, string];
  app.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ":$1"),
    // Before the body is read: who may not ask does not get to send.
    async onRequest(request, reply) {
      reply.headers(DATA_HEADERS);
      admit(access, key, request);
    },
    async handler(request, reply) {
      // And once more: a body can be sent so slowly that a key is revoked or a login over meanwhile.
      const principal = admit(access, key, request);
      const body = parseBody(key, request.body) as Body<K>;
      const params = request.params as Record<string, string>;
      const answer = await handler({ body, params, principal, request, reply });
      return answer === null ? reply.code(204).send() : reply.send(answer);
    },
  });
}

/** Registers every route of the table. */
export function registerRoutes(app: FastifyInstance, access: Access, handlers: Handlers): void {
  for (const key of Object.keys(ROUTES) as RouteKey[]) {
    register(app, access, { key, handler: handlers[key] as Handler<RouteKey> });
  }
}
