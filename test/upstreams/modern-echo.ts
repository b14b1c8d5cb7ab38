// The smallest real upstream of the modern era (2026-07-28 only): stateless on /mcp, `[--port N]`, or with `stdio` on stdio.
// It refuses the legacy handshake.
import { createEchoServer } from "./echo-tools.ts";
import { portOf, serveModernHttp, serveModernStdio } from "./serve.ts";

const create = () => createEchoServer("modern-echo");
if (process.argv.includes("stdio")) serveModernStdio(create);
else await serveModernHttp(create, portOf(process.argv));
