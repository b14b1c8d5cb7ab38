// How does the gateway speak to its operator? One line per fact, JSON for machines, pretty on a terminal. No secrets.
import { pino } from "pino";
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

/** Opens the process log on standard output. Errors are written with type, message, stack and causes. */
export async function openLog(settings: LogSettings): Promise<Log> {
  const options = { level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (settings.format === "json") {
    const levelNames = { formatters: { level: (label: string) => ({ level: label }) } };
    return wrap(pino({ ...options, ...levelNames }, pino.destination({ dest: 1, sync: true })));
  }
  const { default: pretty } = await import("pino-pretty");
  const format = {
    colorize: process.stdout.isTTY,
    customColors: "message:reset",
    useOnlyCustomProps: false,
    translateTime: "SYS:HH:MM:ss.l",
    // The line tells every other field; an error follows it with its stack.
    include: "level,time,err",
    messageFormat: (line: Record<string, unknown>, _key: string, _level: string, { colors }: Colours) =>
      prettyLine(line, colors.gray),
  };
  return wrap(pino(options, pretty({ ...format, sync: true })));
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
