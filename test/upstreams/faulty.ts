// A server that does wrong whatever it is asked to, below the level of any SDK. `--folder DIR` is where a test switches its
// mode and counts what it did; over stdio `--name N [--modern]`, over HTTP `--http [--port N]`, where every path /NAME/mcp
// (sessions), /NAME/modern and /NAME/sse is a server of its own.
import { serveFaultyHttp } from "./faulty-http.ts";
import { serveFaultyStdio } from "./faulty-stdio.ts";

const { argv } = process;
const given = (flag: string): string => {
  const at = argv.indexOf(flag);
  return at < 0 ? "" : (argv[at + 1] ?? "");
};

const folder = given("--folder");
if (argv.includes("--http")) await serveFaultyHttp({ folder, port: Number(given("--port")) });
else serveFaultyStdio({ name: given("--name"), folder, era: argv.includes("--modern") ? "modern" : "legacy" });
