// What runs here already? The port of these settings, the gateway that answers there or at --url, and its servers.
import { createGateway, type GatewayAddress } from "#cli/gateway.ts";
import { isLoopbackHost } from "#config/loopback.ts";
import type { ServerView } from "#contract/upstream.ts";
import { type Finding, pass, type Section } from "./doctor-finding.ts";
import { askServers, judgeGateway } from "./doctor-gateway.ts";
import { type Answerer, judgePort, tryPort, whoAnswers } from "./doctor-port.ts";
import type { Redactor } from "./doctor-redact.ts";
import { judgeServers } from "./doctor-servers.ts";

export interface RunningQuestion {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Where a gateway with these settings listens; null when that cannot be known. */
  readonly own: GatewayAddress | null;
  /** The gateway to ask; most often `own`. */
  readonly gateway: GatewayAddress | null;
  /** This program's own version. */
  readonly version: string;
}

export interface Running {
  readonly sections: readonly Section[];
  /** Without secrets; null when no gateway told them. */
  readonly servers: readonly ServerView[] | null;
  /** Whether a gateway answers where one with these settings would. */
  readonly here: boolean;
}

export async function lookAtRunning(question: RunningQuestion, redactor: Redactor): Promise<Running> {
  const { own, gateway, host } = question;
  const answerer = own === null ? null : await whoAnswers(own, !isLoopbackHost(host));
  const port: Section = { title: "Port", findings: [await lookAtPort(question, answerer)] };
  const here = answerer?.kind === "gateway";
  if (gateway === null) return { sections: [port], servers: null, here };
  const asked = answerer !== null && gateway.url === own?.url ? answerer : await whoAnswers(gateway, true);
  const { sections, servers } = await lookAtGateway(gateway, asked, { version: question.version, redactor });
  return { sections: [port, ...sections], servers, here };
}

async function lookAtPort({ host, port }: RunningQuestion, answerer: Answerer | null): Promise<Finding> {
  if (answerer === null) return pass("port", "0: any free one; name a running gateway with --url to look at it");
  const refusal = answerer.kind === "nobody" ? await tryPort(host, port) : null;
  return judgePort({ host, port, answerer, refusal });
}

async function lookAtGateway(
  address: GatewayAddress,
  answerer: Answerer,
  { version, redactor }: { version: string; redactor: Redactor },
): Promise<Omit<Running, "here">> {
  const about = judgeGateway({ url: address.url, answerer, version });
  if (answerer.kind !== "gateway") return { sections: [about], servers: null };
  const answer = await askServers(createGateway(address));
  if ("finding" in answer) {
    return { sections: [{ ...about, findings: [...about.findings, answer.finding] }], servers: null };
  }
  const servers = answer.views.map((view) => withoutSecrets(view, redactor));
  return { sections: [about, judgeServers(servers, Date.now())], servers };
}

/** Texts in which a server or the system speaks, without what looks like a credential. */
function withoutSecrets(view: ServerView, { text }: Redactor): ServerView {
  const clean = (given: string | null): string | null => (given === null ? null : text(given));
  const { lastFailure } = view;
  return {
    ...view,
    description: text(view.description),
    statusReason: clean(view.statusReason),
    circuitReason: clean(view.circuitReason),
    lastFailure: lastFailure === null ? null : { ...lastFailure, message: text(lastFailure.message) },
  };
}
