// How does a test run read? As node:test's own specification-style report, with its summary as the very last lines, after the failures.
import { Readable } from "node:stream";
import { spec } from "node:test/reporters";

interface TestEvent {
  readonly type: string;
  readonly data: { readonly nesting?: number; readonly message?: string };
}

const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

/** For `node --test --test-reporter`, which wants a default export. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const summary: string[] = [];
  async function* withoutSummary(): AsyncGenerator<TestEvent> {
    for await (const event of source) {
      const { nesting, message = "" } = event.data;
      if (event.type === "test:diagnostic" && nesting === 0 && SUMMARY.test(message)) summary.push(message);
      else yield event;
    }
  }
  for await (const text of Readable.from(withoutSummary()).pipe(new spec())) yield String(text);
  yield `\n${summary.map((line) => `# ${line}\n`).join("")}`;
}
