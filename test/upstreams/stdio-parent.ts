// A process that owns one stdio link to the server given as arguments, and does nothing else. Tests kill it.
// With `--group` first, it holds the server by its process group only.
import { silentLog } from "#lib/log.ts";
import { systemWorld } from "#lib/world.ts";
import { resolveLaunch } from "#upstream/stdio/command.ts";
import { GROUP } from "#upstream/stdio/containment.ts";
import { openProcessTree } from "#upstream/stdio/process-tree.ts";
import { createStdioTransport } from "#upstream/stdio/transport.ts";

const words = process.argv.slice(2);
const group = words[0] === "--group";
const [command = "", ...args] = group ? words.slice(1) : words;
const definition = {
  name: "owned",
  command,
  args,
  env: { STDIO_TEST_TAG: process.env.STDIO_TEST_TAG ?? "" },
  inherited: process.env,
  cwd: ".",
};
if (group) await openProcessTree(resolveLaunch(definition), systemWorld, GROUP);
else await createStdioTransport({ ...definition, world: systemWorld, log: silentLog }).start();
console.log("started");
setInterval(() => {}, 1000);
