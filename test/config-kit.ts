// How do the tests of a changing configuration ask? Over REST, with the revision that they have read.
import { request } from "undici";
import type { ErrorAnswer } from "../src/contract/api.ts";
import type { ConfigAnswer, ConfigApplied, ConfigPatch, ConfigRevision } from "../src/contract/change.ts";
import type { TestGateway } from "./kit.ts";

export interface Answered {
  readonly status: number;
  /** Both views of one body. */
  readonly body: ConfigApplied & ErrorAnswer;
}

export const configOf = async (gateway: TestGateway): Promise<ConfigAnswer> =>
  (await gateway.api("GET", "/api/config")).body as ConfigAnswer;

export const revisionsOf = async (gateway: TestGateway, limit = 50): Promise<ConfigRevision[]> => {
  const { body } = await gateway.api("GET", `/api/config/revisions?limit=${limit}`);
  return (body as { items: ConfigRevision[] }).items;
};

export interface Asking {
  readonly method?: "PATCH" | "POST";
  /** Default `/api/config`. */
  readonly path?: string;
  readonly body?: ConfigPatch;
  /** Default: the present revision; null: the header is left out. */
  readonly ifMatch?: number | string | null;
}

export async function change(gateway: TestGateway, asking: Asking): Promise<Answered> {
  const { method = "PATCH", path = "/api/config", body, ifMatch = (await configOf(gateway)).revision } = asking;
  const { statusCode, body: answer } = await request(gateway.url + path, {
    method,
    headers: {
      authorization: `Bearer ${gateway.token}`,
      ...(ifMatch === null ? {} : { "if-match": String(ifMatch) }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: statusCode, body: (await answer.json()) as Answered["body"] };
}

export const patch = (gateway: TestGateway, body: ConfigPatch): Promise<Answered> => change(gateway, { body });
