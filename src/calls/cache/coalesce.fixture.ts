// Who asks the same at once? Many equal calls to a server that holds its answers back, and how they ended.
import { Fault } from "#contract/fault.ts";
import { type Asking, type Outcome, Stage, textOf } from "./stage.fixture.ts";

/** A server that holds every call. */
export function holding(): Stage {
  const stage = new Stage();
  stage.answers = undefined;
  return stage;
}
export const many = (stage: Stage, count: number, asking?: Asking): Outcome[] =>
  Array.from({ length: count }, () => stage.start(asking));
export const textsOf = async (calls: readonly Outcome[]): Promise<string[]> =>
  (await Promise.all(calls.map(({ reply }) => reply))).map(textOf);
export const dispositions = (calls: readonly Outcome[]): Record<string, number> => {
  const seen: Record<string, number> = {};
  for (const { call } of calls) seen[call.disposition] = (seen[call.disposition] ?? 0) + 1;
  return seen;
};
export const gone = (): Fault => new Fault("CANCELLED", "The caller went away.");
export const away = (): Fault => new Fault("UPSTREAM_UNAVAILABLE", "files is away");
