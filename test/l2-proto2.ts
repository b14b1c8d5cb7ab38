import { embedded, opened, call } from "./store-kit.ts";
const b = embedded();
let t = performance.now();
let store = await opened(b.options);
console.log("fresh open", Math.round(performance.now() - t));
await store.close();
t = performance.now(); store = await opened(b.options); console.log("reopen", Math.round(performance.now() - t)); await store.close();
await b.sql(`
  drop table omni2.calls, omni2.mcp_health_log, omni2.events, omni2.epochs;
  drop sequence omni2.mcp_health_log_numbers;
  create table omni2.calls (id text primary key, at timestamptz not null, kind text not null, server text,
    name text not null, principal text not null, era text not null, outcome text not null, fault_code text,
    disposition text not null, duration_ms double precision not null, upstream_ms double precision,
    attempts integer not null, result_bytes bigint not null);
  create index calls_at on omni2.calls (at);
  create table omni2.mcp_health_log (id bigint generated always as identity primary key, at timestamptz not null,
    server text not null, event_type text not null, status text not null, health text not null, message text not null,
    latency_ms double precision);
  create index mcp_health_log_server_at on omni2.mcp_health_log (server, at desc);
  create index mcp_health_log_at on omni2.mcp_health_log (at);
  insert into omni2.calls select 'call-' || n, now() - n * interval '0.5 second', 'tool', 'server-' || n % 20, 'tool-' || n % 50, 'local', 'modern', 'ok', null, 'bypass', 1, null, 1, 10 from generate_series(1, 1000000) n;
  delete from omni2.migrations where name in ('006-days')`);
t = performance.now();
const { openStore } = await import("#store/store.ts");
store = await openStore(b.options);
while (store.state !== "ready") { await new Promise((r) => setTimeout(r, 50)); if (performance.now() - t > 120000) { console.log(store.reason); break; } }
console.log("migrated 1M in", Math.round(performance.now() - t));
t = performance.now(); console.log((await store.calls.page({ limit: 50, server: "server-3" })).items.length, performance.now() - t);
const start = Date.now();
t = performance.now();
for (let d = 0; d < 400; d += 2) await store.partitions.prepare(start + d * 86_400_000);
console.log("400 days made in", performance.now() - t);
await store.calls.append([call("x", { at: start + 200 * 86_400_000 })]);
for (let i = 0; i < 4; i++) { t = performance.now(); await store.calls.page({ limit: 50 }); console.log("page at 400 days", performance.now() - t); }
for (let i = 0; i < 3; i++) { t = performance.now(); await store.calls.get("x"); console.log("get at 400 days", performance.now() - t); }
t = performance.now(); await store.calls.append([call("y", { at: start + 200 * 86_400_000 })]); console.log("append at 400 days", performance.now() - t);
await store.close(); await b.remove();
