// How is each server of a running gateway, and what should a person do next? Pure.
import { statusNote, worstFirst } from "#cli/status-words.ts";
import { counted } from "#cli/text.ts";
import type { ServerView } from "#contract/upstream.ts";
import { type Finding, fail, pass, type Section, warn } from "./doctor-finding.ts";

/** One finding per server that is not up, worst first; `now` is wall time. */
export function judgeServers(views: readonly ServerView[], now: number): Section {
  const up = views.filter(({ status }) => status === "up").length;
  const rest = worstFirst(views).filter(({ status }) => status !== "up");
  return {
    title: "Servers",
    findings: [
      pass("up", `${up} of ${counted(views.length, "server")}`),
      ...rest.map((view) => judgeServer(view, now)),
    ],
  };
}

export function judgeServer(view: ServerView, now: number): Finding {
  const note = statusNote(view, now).replace(/\.?$/, ".");
  const text = note === "." ? `${view.status}.` : `${view.status}: ${note}`;
  const todo = nextStep(view);
  if (isOffOnPurpose(view)) return pass(view.name, `${text} ${todo}`);
  const isLost = view.status === "down" || view.autoDisabledAt !== null;
  return isLost ? fail(view.name, text, todo) : warn(view.name, text, todo);
}

/** Its definition says so, and nobody decided anything else. */
const isOffOnPurpose = ({ enabled, enabledOverride, autoDisabledAt }: ServerView): boolean =>
  !enabled && enabledOverride === null && autoDisabledAt === null;

/** What to do about causes that a gateway cannot end by itself, by the words in which it tells them. */
const CAUSES: readonly [words: RegExp, todo: (view: ServerView) => string][] = [
  [
    /refuses the gateway's credentials|HTTP 40[13]\b/,
    ({ name }) => `Renew the credentials in its headers or variables, then \`omni2 servers reconnect ${name}\`.`,
  ],
  [
    /not found in PATH|was not started|may not be executed|code 12[67]\b|refused to start it/,
    ({ name }) => `When its program can be run, \`omni2 servers reconnect ${name}\` starts it at once.`,
  ],
  [/ENOTFOUND|EAI_AGAIN/, () => "Correct the host name in its `url`, or the network's name service."],
  [
    /CERT|certificate|SELF_SIGNED|ERR_TLS|SSL/,
    () => "Renew its certificate, or trust its issuer with NODE_EXTRA_CA_CERTS.",
  ],
  [
    /is an MCP endpoint|redirects \(HTTP|HTTP 404\b|HTTP 405\b/,
    () => "Correct its `url`: it must be its MCP endpoint.",
  ],
  [
    /ECONNREFUSED|in time|within \d|ECONNRESET|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT/,
    ({ name, type }) =>
      `${type === "stdio" ? "Look" : "Start it, or look"} why it does not answer; \`omni2 servers reconnect ${name}\` then tries at once.`,
  ],
  [
    /exited|was killed|signal SIG/,
    ({ name }) =>
      `Read its standard error (\`omni2 doctor --bundle FILE\` has it), then \`omni2 servers reconnect ${name}\`.`,
  ],
];

/** What a person should do next about a server that is not up, as a sentence. */
export function nextStep(view: ServerView): string {
  const { name, circuitState, enabled } = view;
  if (!enabled) {
    const run = `\`omni2 servers enable ${name}\` starts it again.`;
    return view.autoDisabledAt === null ? run : `End the cause; then ${run}`;
  }
  if (circuitState === "isolated") return `\`omni2 servers release ${name}\` lets calls through again.`;
  const said = [view.lastFailure?.message, view.statusReason, view.circuitReason].join(" ");
  const cause = CAUSES.find(([words]) => words.test(said));
  if (cause !== undefined) return cause[1](view);
  if (circuitState === "open") return `Wait, or \`omni2 servers probe ${name}\` asks it at once.`;
  if (view.status === "unknown") return "Wait until its first attempt is over.";
  return `Wait, or \`omni2 servers reconnect ${name}\` connects anew at once.`;
}
