// What has the doctor found? The words of a report, its count and its order; pure.

/** Worst first. */
export const LEVELS = ["FAIL", "WARN", "PASS"] as const;
export type Level = (typeof LEVELS)[number];

export interface Finding {
  readonly level: Level;
  /** What was looked at, in one or two words. */
  readonly about: string;
  readonly text: string;
  /** What a person can do about it, as a sentence; null for PASS. */
  readonly todo: string | null;
}

export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export interface Report {
  /** ISO 8601. */
  readonly madeAt: string;
  readonly counts: Readonly<Record<Level, number>>;
  readonly sections: readonly Section[];
}

export const pass = (about: string, text: string): Finding => ({ level: "PASS", about, text, todo: null });
export const warn = (about: string, text: string, todo: string): Finding => ({ level: "WARN", about, text, todo });
export const fail = (about: string, text: string, todo: string): Finding => ({ level: "FAIL", about, text, todo });

/** A report of everything found; every text goes through `clean` first. */
export function createReport(sections: readonly Section[], madeAt: Date, clean: (text: string) => string): Report {
  const cleaned = sections.map(({ title, findings }) => ({
    title,
    findings: findings.map((one) => cleaner(one, clean)),
  }));
  const count = (level: Level): number => worstFirst(cleaned).filter((finding) => finding.level === level).length;
  const counts = { FAIL: count("FAIL"), WARN: count("WARN"), PASS: count("PASS") };
  return { madeAt: madeAt.toISOString(), counts, sections: cleaned };
}

const cleaner = ({ level, about, text, todo }: Finding, clean: (text: string) => string): Finding => ({
  level,
  about: clean(about),
  text: clean(text),
  todo: todo === null ? null : clean(todo),
});

/** All findings, in the order of their sections within one level. */
export const worstFirst = (sections: readonly Section[]): Finding[] =>
  sections.flatMap(({ findings }) => findings).toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));

/** 1 when something fails, else 0. */
export const exitCodeOf = ({ counts }: Report): number => (counts.FAIL > 0 ? 1 : 0);
