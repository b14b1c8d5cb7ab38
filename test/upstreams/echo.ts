// The smallest real upstream of the legacy era: on stdio, or with `--http [--port N]` as sessions on /mcp.
// It keeps nothing but the count of its calls.
import { createEchoServer } from "./echo-tools.ts";
import { portOf, serveLegacyHttp, serveLegacyStdio } from "./serve.ts";

const create = () => createEchoServer("echo");
if (process.argv.includes("--http")) await serveLegacyHttp(create, portOf(process.argv));
else await serveLegacyStdio(create);
