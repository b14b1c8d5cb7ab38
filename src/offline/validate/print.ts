// How does a validation look on a terminal? A line per check as soon as it is done, and the verdict; or all of it as JSON.
import { styleText } from "node:util";
import { printJson, type Terminal } from "#cli/terminal.ts";
import { oneLine } from "#cli/text.ts";
import type { CheckResult, SectionResult } from "./check.ts";

export interface Reporter {
  readonly section: (title: string) => void;
  readonly check: (check: CheckResult) => void;
  /** Tells how much of a part of the sections passed. */
  readonly share: (title: string, sections: readonly SectionResult[]) => void;
  /** Prints the verdict and answers the exit code: 0 when every check passed, else 1. */
  readonly verdict: (sections: readonly SectionResult[], noun: string) => number;
}

export function createReporter(terminal: Terminal, json: boolean): Reporter {
  return {
    section: (title) => {
      if (!json) terminal.print(title);
    },
    check: (check) => {
      if (!json) terminal.print(checkLine(check));
    },
    share: (title, sections) => {
      if (!json) terminal.print(`${title}: ${shareWords(verdictOf(sections))}`);
    },
    verdict: (sections, noun) => {
      const verdict = verdictOf(sections);
      if (json) printJson(terminal, { ...verdict, sections });
      else terminal.print(`\n${verdictLine(verdict, noun)}`);
      return verdict.ok ? 0 : 1;
    },
  };
}

interface Verdict {
  readonly ok: boolean;
  readonly passed: { readonly sections: number; readonly checks: number };
  readonly of: { readonly sections: number; readonly checks: number };
  /** Of the checks, 0 to 1. */
  readonly share: number;
}

function verdictOf(sections: readonly SectionResult[]): Verdict {
  const checks = sections.flatMap((section) => section.checks);
  const passed = {
    sections: sections.filter(({ ok }) => ok).length,
    checks: checks.filter(({ ok }) => ok).length,
  };
  const of = { sections: sections.length, checks: checks.length };
  const ok = of.checks > 0 && passed.checks === of.checks && passed.sections === of.sections;
  return { ok, passed, of, share: of.checks === 0 ? 0 : passed.checks / of.checks };
}

// Never 100 % while something failed.
const shareWords = ({ passed, of, share }: Verdict): string =>
  `${Math.floor(share * 100)} % (${passed.checks} of ${of.checks} checks)`;

const verdictLine = (verdict: Verdict, noun: string): string =>
  `${verdict.passed.sections}/${verdict.of.sections} ${noun}, ${shareWords(verdict)}`;

function checkLine({ name, ok, text, tookMs }: CheckResult): string {
  const word = ok ? styleText("green", "PASS") : styleText("red", "FAIL");
  return `  ${word}  ${name}: ${oneLine(text)} (${tookMs < 10 ? tookMs : Math.round(tookMs)} ms)`;
}
