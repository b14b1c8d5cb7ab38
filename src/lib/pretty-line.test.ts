import assert from "node:assert/strict";
import { test } from "node:test";
import { type LoggedLine, prettyLine } from "./pretty-line.ts";

const LINES: readonly [title: string, line: LoggedLine, shown: string][] = [
  ["a service stands before its message", { service: "Store", msg: "Database ready" }, "Store: Database ready"],
  ["a message that names its service is not told twice", { service: "Cache", msg: "Cache started" }, "Cache started"],
  [
    "fields follow, without those that the message says already",
    { msg: "files is up", server: "files", status: "up", was: "unknown", ms: 12, level: 30 },
    "files is up  was=unknown ms=12",
  ],
  [
    "texts with spaces and objects are quoted",
    { msg: "x", why: "two words", n: { up: 4 } },
    'x  why="two words" n={"up":4}',
  ],
  ["nothing in it steers the terminal", { msg: "a\u001b[2Jb\nc", why: "d\u0007" }, 'ab c  why="d\\u0007"'],
  ["an error is shown elsewhere", { msg: "failed", err: { message: "no" } }, "failed"],
];
for (const [title, line, shown] of LINES) {
  test(title, () => assert.equal(prettyLine(line), shown));
}
