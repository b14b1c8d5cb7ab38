// How does the gateway speak to its operator? One line per fact, JSON for machines, pretty on a terminal. No secrets.
import { writeSync } from "node:fs";
import { pino } from "pino";
import { createLogOutput } from "./log-output.ts";
import { prettyLine } from "./pretty-line.ts";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same log with a `service` field on every line. */
  service(name: string): Log;
}

export interface LogSettings {
  readonly level: string;
  readonly format: "pretty" | "json";
}

const wrap = (logger: ReturnType<typeof pino>): Log => ({
  debug: (fields, message) => logger.debug(fields, message),
  info: (fields, message) => logger.info(fields, message),
  warn: (fields, message) => logger.warn(fields, message),
  error: (fields, message) => logger.error(fields, message),
  service: (name) => wrap(logger.child({ service: name })),
});

/**
 * Opens the process log on standard output. Errors are written with type, message, stack and causes. When it cannot be written,
 * as on a full disk, lines wait, and those that find no room are counted and told of later; no caller fails for it.
 */
export async function openLog(settings: LogSettings): Promise<Log> {
  const toText = settings.format === "json" ? undefined : await prettyText();
  const output = createLogOutput({
    writeSync: (bytes) => writeSync(STDOUT, bytes),
    onLost: (lines) => log.warn({ lines }, "The log could not be written for a while; lines are missing here"),
  });
  process.once("exit", output.end);
  const stream = { write: (line: string) => output.write(toText === undefined ? line : toText(line)) };
  const levelNames = { formatters: { level: (label: string) => ({ level: label }) } };
  const options = { level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const log = wrap(pino({ ...options, ...(toText === undefined ? levelNames : {}) }, stream));
  return log;
}

const STDOUT = 1;

async function prettyText(): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  return prettyFactory({
    colorize: process.stdout.isTTY,
    customColors: "message:reset",
    useOnlyCustomProps: false,
    translateTime: "SYS:HH:MM:ss.l",
    // The line tells every other field; an error follows it with its stack.
    include: "level,time,err",
    messageFormat: (line: Record<string, unknown>, _key: string, _level: string, { colors }: Colours) =>
      prettyLine(line, colors.gray),
  });
}

interface Colours {
  readonly colors: { readonly gray: (text: string) => string };
}

/** A log that says nothing; for tests and commands. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  service: () => silentLog,
};
