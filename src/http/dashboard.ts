// Where do the dashboard's files come from? From its build folder; without one, a plain page says how to make it.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "#contract/fault.ts";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>OMNI2</title>
<h1>The dashboard is not built</h1>
<p>The gateway runs; only the dashboard's files are missing. Build them with <code>npx node scripts/build-web.ts</code>
and start again. <code>npm start</code> does both.</p>
</html>
`;

/** Paths that belong to programs: what is unknown there is an error, never a page. */
const PROGRAM_PATHS = /^\/(?:api|mcp|ws|assets|livez|readyz|health|metrics)(?:[/?]|$)/;

type Page = (reply: FastifyReply) => FastifyReply;

async function openPage(app: FastifyInstance, dashboardDir: string): Promise<Page> {
  if (!existsSync(join(dashboardDir, "index.html"))) {
    return (reply) =>
      reply.code(503).type("text/html; charset=utf-8").header("cache-control", "no-store").send(NOT_BUILT);
  }
  const { fastifyStatic } = await import("@fastify/static");
  const assets = join(dashboardDir, "assets");
  await app.register(fastifyStatic, {
    root: dashboardDir,
    cacheControl: false,
    dotfiles: "ignore",
    setHeaders: (reply, path) => {
      reply.header("cache-control", path.startsWith(assets) ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return (reply) => reply.sendFile("index.html");
}

/** Serves hashed assets for ever, `index.html` fresh for every page of the dashboard, and 404 elsewhere. */
export async function serveDashboard(app: FastifyInstance, dashboardDir: string): Promise<void> {
  const page = await openPage(app, dashboardDir);
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const wantsPage = request.method === "GET" || request.method === "HEAD";
    if (wantsPage && !PROGRAM_PATHS.test(request.url)) return page(reply);
    throw new Fault(
      "METHOD_NOT_FOUND",
      `Nothing is served at ${request.method} ${request.url.split("?")[0]?.slice(0, 200)}.`,
    );
  });
}
