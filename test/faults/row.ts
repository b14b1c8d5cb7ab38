// What is one row of the fault matrix, and how is it run? All its cells at once, each with a server of its own; then the oracle.

import { assertAccounted, assertNothingLeft, baseline } from "./oracle.ts";
import type { Stage, Transport } from "./stage.ts";
import { TRANSPORTS } from "./stage.ts";
import { Subject } from "./subject.ts";

/** Plays the fault with a server that is up, and returns when the server has recovered. */
export type Cell = (subject: Subject) => Promise<void>;

/** A test elsewhere that proves a cell; its file and its title must exist. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

export const proofs = (file: string, titles: readonly string[]): readonly Proof[] =>
  titles.map((title) => ({ file, title }));

export interface Row {
  /** `F01` and so on. */
  readonly id: string;
  readonly fault: string;
  /** What is expected, in one sentence. */
  readonly expected: string;
  readonly cells?: Readonly<Partial<Record<Transport, Cell>>>;
  /** Played with the gateway itself instead of with one of its servers. */
  readonly gateway?: (stage: Stage) => Promise<void>;
  /** It mostly waits: it is begun first and judged in its turn. */
  readonly takesLong?: boolean;
  /** Tests elsewhere that prove what happens in the gateway itself. */
  readonly proofs?: readonly Proof[];
  /** Why it is not played yet, wholly or in part. */
  readonly later?: string;
  /** Fields of the servers' definition instead of the usual ones. */
  readonly entry?: Readonly<Record<string, unknown>>;
  /** Whether the cells start with a server that is up already. Default true. */
  readonly startsWell?: boolean;
}

/** The same cell for every transport, or for those named. */
export const everywhere = (cell: Cell, transports: readonly Transport[] = TRANSPORTS): NonNullable<Row["cells"]> =>
  Object.fromEntries(transports.map((transport) => [transport, cell]));

/** Names of the transports whose cell failed, with why. Resolves when the oracle has spoken too. */
export async function playRow(stage: Stage, row: Row): Promise<void> {
  const before = await baseline(stage);
  const cells = Object.entries(row.cells ?? {}) as [Transport, Cell][];
  const subjects = cells.map(
    ([transport]) =>
      new Subject(stage, { name: `${row.id.toLowerCase()}-${transport}`, transport, entry: row.entry ?? {} }),
  );
  const failures: unknown[] = [];
  const note = (what: string) => (error: unknown) => {
    failures.push(
      new Error(`${row.id} ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }),
    );
  };
  const play = async ([transport, cell]: [Transport, Cell], at: number): Promise<void> => {
    const subject = subjects[at] as Subject;
    if (row.startsWell !== false) await subject.add();
    await cell(subject).catch(note(transport));
  };
  await Promise.all(cells.map((entry, at) => play(entry, at).catch(note(entry[0]))));
  await row.gateway?.(stage).catch(note("gateway"));
  await assertAccounted(stage, subjects).catch(note("oracle"));
  await Promise.all(subjects.map((subject) => subject.remove()));
  await assertNothingLeft(stage, before).catch(note("left behind"));
  if (failures.length > 0)
    throw new AggregateError(failures, failures.map((error) => (error as Error).message).join("\n"));
}
