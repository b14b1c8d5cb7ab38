// Is the state of a running gateway whole? Its health, its database, its configuration and its servers, as it tells of them.
import { type HealthAnswer, healthSchema, ROUTES } from "#contract/api.ts";
import { type ConfigAnswer, configAnswerSchema } from "#contract/change.ts";
import { omni2BlockSchema, serverEntrySchema } from "#contract/config.ts";
import { callsPageSchema, eventsPageSchema } from "#contract/history.ts";
import { type ServerView, serverViewSchema } from "#contract/upstream.ts";
import { isObject, type JsonObject } from "#lib/json.ts";
import { demand, demandSame, demandShape, type SectionPlan, type Step } from "./check.ts";
import { lookAtSchema } from "./schema.ts";
import type { Visitor } from "./visitor.ts";

/** The slowest component does something once a minute. */
const QUIET_MS = 180_000;

export const healthSection = (visitor: Visitor): SectionPlan => ({
  title: "Health",
  steps: [
    {
      name: "it is alive and ready",
      async look() {
        const statuses = [];
        for (const path of ["/livez", "/readyz"]) statuses.push((await visitor.send("GET", path)).status);
        demandSame("HTTP of /livez and /readyz", statuses, [200, 200]);
        return "200 at /livez and /readyz";
      },
    },
    {
      name: "all of its parts are at work",
      async look() {
        const { status, components } = await healthOf(visitor);
        demand(status === "ok" || status === "degraded", "status ok, or degraded by a server", status);
        for (const name of ["coordinator", "cache", "broadcaster"]) {
          const ageMs = components[name]?.heartbeatAgeMs;
          demand(ageMs !== undefined && ageMs < QUIET_MS, `${name} at work within ${QUIET_MS} ms`, `${ageMs} ms ago`);
        }
        return `${status}; ${Object.keys(components).join(", ")}`;
      },
    },
  ],
});

export const databaseSection = (visitor: Visitor, databaseUrl: string | null): SectionPlan => ({
  title: "Database",
  steps: [
    {
      name: "it is ready",
      async look() {
        const { database } = await healthOf(visitor);
        demandSame("database", database, "ready");
        return database;
      },
    },
    {
      name: "its tables can be read",
      async look() {
        const calls = demandShape("calls", await visitor.get("/api/calls?limit=1"), callsPageSchema);
        const events = demandShape("events", await visitor.get("/api/events?limit=1"), eventsPageSchema);
        return `calls and events, ${calls.items.length + events.items.length} rows read`;
      },
    },
    ...(databaseUrl === null ? [] : [schemaStep(databaseUrl)]),
  ],
});

const schemaStep = (databaseUrl: string): Step => ({
  name: "its schema is this version's",
  look: () => lookAtSchema(databaseUrl),
});

export const configurationSection = (visitor: Visitor): SectionPlan => ({
  title: "Configuration",
  steps: [
    {
      name: "its keys are those of the schema",
      async look() {
        const { document, revision } = await configOf(visitor);
        const entries = Object.entries(entriesOf(document));
        for (const [name, entry] of entries) demandShape(`mcpServers.${name}`, entry, serverEntrySchema);
        demandShape("omni2", document.omni2 ?? {}, omni2BlockSchema);
        return `mcpServers with ${entries.length} entries, omni2; revision ${revision}`;
      },
    },
    {
      name: "what it defines is what there is",
      async look() {
        const { document } = await configOf(visitor);
        const defined = Object.keys(entriesOf(document)).toSorted();
        demandSame("servers", (await viewsOf(visitor)).map(({ name }) => name).toSorted(), defined);
        return `${defined.length} servers`;
      },
    },
  ],
});

const healthOf = async (visitor: Visitor): Promise<HealthAnswer> =>
  demandShape("/health", await visitor.get("/health"), healthSchema);

const configOf = async (visitor: Visitor): Promise<ConfigAnswer> =>
  demandShape("/api/config", await visitor.get("/api/config"), configAnswerSchema);

function entriesOf({ mcpServers }: ConfigAnswer["document"]): JsonObject {
  demand(isObject(mcpServers), "mcpServers as an object", JSON.stringify(mcpServers));
  return mcpServers;
}

async function viewsOf(visitor: Visitor): Promise<ServerView[]> {
  const { answer } = ROUTES["GET /api/servers"];
  return demandShape("/api/servers", await visitor.get("/api/servers"), answer).items;
}

export const serversSection = (visitor: Visitor): SectionPlan => ({
  title: "Servers",
  steps: [
    {
      name: "they are listed as published",
      async look() {
        const views = await viewsOf(visitor);
        const { servers } = await healthOf(visitor);
        demandSame("servers in /health", servers.total, views.length);
        return `${views.length} servers, ${servers.up} up`;
      },
    },
    {
      name: "each can be asked for",
      async look() {
        const views = await viewsOf(visitor);
        for (const { name } of views) {
          const view = demandShape(
            name,
            await visitor.get(`/api/servers/${encodeURIComponent(name)}`),
            serverViewSchema,
          );
          demandSame("the name of a server", view.name, name);
        }
        return `${views.length} servers`;
      },
    },
  ],
});
