// How does the REST side look to programs that were not written for it? An OpenAPI 3.1 document made of the route table and its
// schemas, so that it cannot say anything else than what is served.
import * as z from "zod";
import { PLAIN_COOKIE, SECURE_COOKIE } from "#access/cookie.ts";
import {
  errorAnswerSchema,
  healthLogRowSchema,
  healthSchema,
  ROUTES,
  type RouteKey,
  toolViewSchema,
} from "#contract/api.ts";
import { callRecordSchema } from "#contract/call.ts";
import { eventRowSchema } from "#contract/history.ts";
import { QUERIES } from "#contract/queries.ts";
import { ROUTE_WORDS } from "#contract/route-words.ts";
import { serverViewSchema } from "#contract/upstream.ts";
import { isOpen } from "./routes.ts";

type Json = Record<string, unknown>;

export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: Json;
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, Record<string, Json>>>;
  readonly components: { readonly schemas: Record<string, Json>; readonly securitySchemes: Json };
}

/** Schemas that have a name of their own; everything else stands where it is used. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Error: errorAnswerSchema,
  Server: serverViewSchema,
  Tool: toolViewSchema,
  Call: callRecordSchema,
  Event: eventRowSchema,
  HealthLogRow: healthLogRowSchema,
  Health: healthSchema,
};

const COMPONENTS = "#/components/schemas/";
/** Routes that answer 201. */
const CREATED: ReadonlySet<RouteKey> = new Set<RouteKey>(["POST /api/servers", "POST /api/keys"]);
/** Routes that change only what their caller has seen. */
const SEEN_FIRST: ReadonlySet<RouteKey> = new Set<RouteKey>([
  "PATCH /api/config",
  "POST /api/config/revisions/{n}/apply",
]);
const IF_MATCH: Json = {
  name: "If-Match",
  in: "header",
  required: true,
  schema: { type: "string" },
  description: "The revision that you have read, as GET /api/config answers it.",
};
const CREDENTIALS: readonly Json[] = [{ bearer: [] }, { cookie: [] }];
const ROUTE_KEYS = Object.keys(ROUTES) as RouteKey[];

/** The whole document. */
export function openApi(version: string): OpenApi {
  const paths: Record<string, Record<string, Json>> = {};
  for (const key of ROUTE_KEYS) {
    const [method, path] = partsOf(key);
    paths[path] = { ...paths[path], [method]: operation(key) };
  }
  const schemas = Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, inline(schema, "output")]));
  return {
    openapi: "3.1.0",
    info: { title: "OMNI2", version, description: "The REST side of an OMNI2 gateway." },
    security: CREDENTIALS,
    paths,
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The admin token, or a key." },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: PLAIN_COOKIE,
          description: `As POST /api/login sets it; over HTTPS it is called \`${SECURE_COOKIE}\`.`,
        },
      },
    },
  };
}

/** `GET /api/x/{name}` as `["get", "/api/x/{name}"]`. */
export function partsOf(key: RouteKey): [method: string, path: string] {
  const [method = "", path = ""] = key.split(" ");
  return [method.toLowerCase(), path];
}

/** What tells one component from what stands where it is used. */
const NAMES = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(NAMED)) NAMES.add(schema, { id });

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const name = NAMES.get(schema)?.id;
  if (name !== undefined) return { $ref: `${COMPONENTS}${name}` };
  return inline(schema, io);
}

/** The schema itself; named ones within it become references. */
function inline(schema: z.ZodType, io: "input" | "output"): Json {
  const made = z.toJSONSchema(schema, { io, metadata: NAMES, override: tidy });
  const { $schema: _, $defs = {}, ...own } = made;
  const { id: __, ...root } = $defs[NAMES.get(schema)?.id ?? ""] ?? own;
  return JSON.parse(JSON.stringify(root).replaceAll("#/$defs/", COMPONENTS)) as Json;
}

// Names and descriptions are kept in different places; that a whole number is one which JavaScript can hold goes without saying.
function tidy({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema.description = description;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

const content = (schema: Json): Json => ({ content: { "application/json": { schema } } });

function operation(key: RouteKey): Json {
  const { body, for: who } = ROUTES[key];
  const parameters = [...pathParameters(key), ...queryParameters(key), ...(SEEN_FIRST.has(key) ? [IF_MATCH] : [])];
  return {
    operationId: key
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "_")
      .replace(/_$/, ""),
    summary: ROUTE_WORDS[key],
    description: roleText(key),
    ...(who === "everybody" ? { security: [{}, ...CREDENTIALS] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: { required: true, ...content(schemaOf(body, "input")) } }),
    responses: {
      ...success(key),
      default: {
        description: "What went wrong; docs/faults.md lists the codes.",
        ...content(schemaOf(errorAnswerSchema, "output")),
      },
    },
  };
}

/** Who may use the route, in words. */
export function roleText(key: RouteKey): string {
  const { for: who } = ROUTES[key];
  if (who !== "everybody") return `For the role ${who} and those above it.`;
  return isOpen(key, false)
    ? "Everybody."
    : "Everybody on this machine; a viewer where the listener can be reached from others.";
}

const pathParameters = (key: RouteKey): Json[] =>
  [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));

function queryParameters(key: RouteKey): Json[] {
  const query = QUERIES[key];
  if (query === undefined) return [];
  const { properties = {}, required = [] } = inline(query, "input") as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function success(key: RouteKey): Json {
  const { answer } = ROUTES[key];
  if (answer !== null)
    return {
      [CREATED.has(key) ? 201 : 200]: { description: ROUTE_WORDS[key], ...content(schemaOf(answer, "output")) },
    };
  if (key === "GET /metrics")
    return { 200: { description: ROUTE_WORDS[key], content: { "text/plain": { schema: { type: "string" } } } } };
  return { 204: { description: ROUTE_WORDS[key] } };
}
